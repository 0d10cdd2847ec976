#include "sluice/ip.hpp"

#include <gtest/gtest.h>

using sluice::Cidr;
using sluice::IpAddress;

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  for (auto text : {"0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "::1", "2001:db8::ff00:42:8329"})
    EXPECT_EQ(IpAddress::parse(text)->to_string(), text);
}

TEST(IpAddress, RefusesWhatIsNotOne) {
  for (auto text : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.4:80", "[::1]", "::1%lo", "x",
                    " ::1", "0123:4567:89ab:cdef:0123:4567:89ab:cdef:0123:4567"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, AMappedAddressIsItsV4Address) {
  EXPECT_EQ(*IpAddress::parse("::ffff:10.1.2.3"), *IpAddress::parse("10.1.2.3"));
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3")->to_string(), "10.1.2.3");
}

TEST(IpAddress, IsMaskedInItsOwnFamily) {
  EXPECT_EQ(IpAddress::parse("10.1.2.3")->masked(20).to_string(), "10.1.0.0");
  EXPECT_EQ(IpAddress::parse("10.1.2.3")->masked(0).to_string(), "0.0.0.0");
  EXPECT_EQ(IpAddress::parse("2001:db8:1:2:3::4")->masked(64).to_string(), "2001:db8:1:2::");
}

TEST(Cidr, ContainsItsBlockAndNothingElse) {
  auto block = *Cidr::parse("10.32.0.0/11");
  EXPECT_TRUE(block.contains(*IpAddress::parse("10.63.255.255")));
  EXPECT_TRUE(block.contains(*IpAddress::parse("::ffff:10.32.0.1")));
  EXPECT_FALSE(block.contains(*IpAddress::parse("10.64.0.0")));
  EXPECT_FALSE(block.contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("1.2.3.4")));
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("::1")));
  EXPECT_FALSE(Cidr::parse("::/0")->contains(*IpAddress::parse("1.2.3.4")));
}

TEST(Cidr, ASingleAddressIsItsOwnBlock) {
  EXPECT_EQ(Cidr::parse("192.0.2.7")->to_string(), "192.0.2.7/32");
  EXPECT_EQ(Cidr::parse("192.0.2.7/24")->to_string(), "192.0.2.0/24");
  EXPECT_EQ(Cidr::parse("::1")->to_string(), "::1/128");
}

TEST(Cidr, RefusesWhatIsNotOne) {
  for (auto text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "10.0.0.0/ 8"})
    EXPECT_FALSE(Cidr::parse(text)) << text;
}
