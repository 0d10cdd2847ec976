#include "net/redis/seal.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice::net {
namespace {

RedisSeal::Key key_of(unsigned char byte) {
  RedisSeal::Key key;
  key.fill(byte);
  return key;
}

struct Sealed : testing::Test {
  RedisSeal seal{key_of(7)};
  std::string value = std::string("a\0value", 7);
  std::string kept = seal.close("name", value);
};

TEST_F(Sealed, OpensUnderItsOwnName) {
  EXPECT_EQ(seal.open("name", kept), value);
  EXPECT_EQ(kept.size(), value.size() + RedisSeal::overhead);
  EXPECT_EQ(kept.find(value), kept.npos);
}

TEST_F(Sealed, OpensNowhereElse) {
  EXPECT_FALSE(seal.open("another", kept));
  EXPECT_FALSE(RedisSeal(key_of(8)).open("name", kept));
}

TEST_F(Sealed, NotWithAnyBitChanged) {
  for (std::size_t bit = 0; bit < kept.size() * 8; ++bit) {
    auto changed = kept;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(seal.open("name", changed)) << "bit " << bit;
  }
}

TEST_F(Sealed, NotCutAndNotLengthened) {
  for (std::size_t n = 0; n < kept.size(); ++n) EXPECT_FALSE(seal.open("name", kept.substr(0, n)));
  EXPECT_FALSE(seal.open("name", kept + '\0'));
  EXPECT_FALSE(seal.open("name", value)) << "what is not sealed is not believed";
}

TEST_F(Sealed, NothingIsEverTheSameTwice) {
  std::set<std::string> all;
  for (int i = 0; i < 100; ++i) all.insert(seal.close("name", value));
  EXPECT_EQ(all.size(), 100u);
}

TEST_F(Sealed, AnEmptyValueAndALongOne) {
  EXPECT_EQ(seal.open("name", seal.close("name", "")), "");
  std::string longer(3 << 20, 'x');
  EXPECT_EQ(seal.open("name", seal.close("name", longer)), longer);
}

}  // namespace
}  // namespace sluice::net
