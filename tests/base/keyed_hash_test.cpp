#include "base/keyed_hash.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace sluice::base;

namespace {

std::string counting(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i);
  return text;
}

constexpr HashSeed published{0x0706050403020100, 0x0f0e0d0c0b0a0908};

}  // namespace

// Of the paper's appendix A, and the first rows of its authors' table for SipHash-2-4.
TEST(KeyedHash, GivesThePublishedValues) {
  auto hash = [](std::size_t size) { return (KeyedHash<2, 4>(published).add(counting(size)).finish()); };
  EXPECT_EQ(hash(15), 0xa129ca6149be45e5);
  EXPECT_EQ(hash(0), 0x726fdb47dd0e0e31);
  EXPECT_EQ(hash(1), 0x74f839c593dc67fd);
  EXPECT_EQ(hash(8), 0x93f5f5799a932462);
}

TEST(KeyedHash, DependsOnEveryBitOfItsKeyAndText) {
  std::set<std::uint64_t> seen{KeyedHash<>(published).add(counting(24)).finish()};
  for (unsigned bit = 0; bit < 128; ++bit) {
    auto seed = published;
    seed[bit / 64] ^= std::uint64_t{1} << bit % 64;
    seen.insert(KeyedHash<>(seed).add(counting(24)).finish());
  }
  for (unsigned bit = 0; bit < 24 * 8; ++bit) {
    auto text = counting(24);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    seen.insert(KeyedHash<>(published).add(text).finish());
  }
  EXPECT_EQ(seen.size(), 1u + 128 + 24 * 8);
}

TEST(KeyedHash, KnowsWhereOneTextEndsAndTheNextBegins) {
  auto of = [](std::string_view a, std::string_view b) {
    return KeyedHash<>(published).add(a).add(b).finish();
  };
  EXPECT_NE(of("ab", "c"), of("a", "bc"));
  EXPECT_NE(of("", "abc"), of("abc", ""));
}
