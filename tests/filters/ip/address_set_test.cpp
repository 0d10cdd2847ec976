#include "filters/ip/address_set.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sluice::filters::ip {
namespace {

AddressSet set_of(std::initializer_list<const char*> blocks) {
  std::vector<Cidr> all;
  for (auto block : blocks) all.push_back(Cidr::parse(block).value());
  return AddressSet(all);
}

bool has(const AddressSet& set, const char* address) {
  return set.contains(IpAddress::parse(address).value());
}

TEST(AddressSet, HasNothingAtFirst) {
  EXPECT_TRUE(AddressSet().empty());
  EXPECT_FALSE(has(AddressSet(), "0.0.0.0"));
  EXPECT_FALSE(has(AddressSet(), "::"));
}

TEST(AddressSet, HasWhatABlockHas) {
  auto set = set_of({"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "fd00::1", "2001:db9:0:1::/64"});
  EXPECT_FALSE(set.empty());
  for (auto in : {"10.0.0.0", "10.255.255.255", "192.0.2.1", "2001:db8::", "2001:db8:ffff::1", "fd00::1",
                  "2001:db9:0:1::", "2001:db9:0:1:ffff:ffff:ffff:ffff"})
    EXPECT_TRUE(has(set, in)) << in;
  for (auto out : {"9.255.255.255", "11.0.0.0", "192.0.2.0", "192.0.2.2", "2001:db7:ffff::", "2001:dba::",
                   "fd00::", "fd00::2", "2001:db9:0:2::", "2001:db9::ffff:ffff:ffff:ffff", "::"})
    EXPECT_FALSE(has(set, out)) << out;
}

TEST(AddressSet, KnowsMappedAddressesAsIpv4) {
  auto set = set_of({"10.0.0.0/8"});
  EXPECT_TRUE(has(set, "::ffff:10.1.2.3"));
  EXPECT_FALSE(has(set, "::ffff:11.1.2.3"));
  EXPECT_TRUE(has(set_of({"::ffff:10.6.6.6"}), "10.6.6.6"));
}

TEST(AddressSet, KeepsTheFamiliesApart) {
  EXPECT_FALSE(has(set_of({"::/0"}), "10.0.0.1"));
  EXPECT_FALSE(has(set_of({"::/0"}), "::ffff:10.0.0.1"));
  EXPECT_TRUE(has(set_of({"::/0"}), "ffff:ffff::1"));
  EXPECT_FALSE(has(set_of({"0.0.0.0/0"}), "::1"));
  EXPECT_TRUE(has(set_of({"0.0.0.0/0"}), "255.255.255.255"));
}

TEST(AddressSet, DoesNotMindBlocksInBlocks) {
  auto set = set_of({"10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", "10.0.0.0/9", "10.255.255.255", "10.0.0.0/8"});
  EXPECT_TRUE(has(set, "10.0.0.0"));
  EXPECT_TRUE(has(set, "10.200.0.1"));
  EXPECT_TRUE(has(set, "10.255.255.255"));
  EXPECT_FALSE(has(set, "11.0.0.0"));
}

TEST(AddressSet, SaysWhatALookThroughAllBlocksSays) {
  std::mt19937 random(7);
  std::vector<Cidr> blocks;
  for (int i = 0; i < 300; ++i) {
    auto four = IpAddress::v4(random() & 0xffff0fff).to_string() + '/' + std::to_string(8 + random() % 25);
    auto six = "2001:db8:" + std::to_string(random() % 10) + "::" + std::to_string(random() % 10) + '/' +
               std::to_string(32 + random() % 97);
    blocks.push_back(Cidr::parse(four).value());
    blocks.push_back(Cidr::parse(six).value());
  }
  AddressSet set(blocks);
  for (int i = 0; i < 20000; ++i) {
    auto four = IpAddress::v4(static_cast<std::uint32_t>(random()));
    ASSERT_EQ(set.contains(four), contains(blocks, four)) << four.to_string();
    auto six =
        IpAddress::parse("2001:db8:" + std::to_string(random() % 12) + "::" + std::to_string(random() % 99));
    ASSERT_EQ(set.contains(*six), contains(blocks, *six)) << six->to_string();
  }
}

}  // namespace
}  // namespace sluice::filters::ip
