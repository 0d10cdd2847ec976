#include "http/forwarded.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::http {
namespace {

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

std::string hops_of(const ForwardedFor& list) {
  std::string text;
  for (auto& hop : list.hops()) {
    text += hop.address ? hop.address->to_string() : "?";
    if (!hop.proto.empty()) (text += "/") += hop.proto;
    if (!hop.host.empty()) (text += "@") += hop.host;
    text += ' ';
  }
  return text;
}

std::string x(std::string_view value) {
  ForwardedFor list;
  list.add_list(value);
  return hops_of(list);
}

std::string rfc(std::string_view value) {
  ForwardedFor list;
  bool good = list.add_forwarded(value);
  return (good ? "" : "! ") + hops_of(list);
}

TEST(ForwardedFor, ReadsLists) {
  EXPECT_EQ(x("192.0.2.1"), "192.0.2.1 ");
  EXPECT_EQ(x(" 192.0.2.1 , 2001:db8::1,10.0.0.1"), "192.0.2.1 2001:db8::1 10.0.0.1 ");
  EXPECT_EQ(x("192.0.2.1:80, [2001:db8::1]:443, [::1]"), "192.0.2.1 2001:db8::1 ::1 ");
  EXPECT_EQ(x("unknown, _hidden, 1.2.3, , [::1, [::1]x"), "? ? ? ? ? ");
  EXPECT_EQ(x(""), "");
}

TEST(ForwardedFor, ReadsForwarded) {
  EXPECT_EQ(rfc("for=192.0.2.43"), "192.0.2.43 ");
  EXPECT_EQ(rfc("For=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17 ");
  EXPECT_EQ(rfc("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60/http ");
  EXPECT_EQ(rfc("for=192.0.2.43, for=198.51.100.17;host=a.example;proto=HTTPS"),
            "192.0.2.43 198.51.100.17/https@a.example ");
  EXPECT_EQ(rfc("for=\"_gazonk\", for=unknown, for=_x"), "? ? ? ");
  EXPECT_EQ(rfc("host=\"a.example:80\";for=1.2.3.4"), "1.2.3.4@a.example:80 ");
  EXPECT_EQ(rfc("host=\"a\\\"b\";for=\"1.2.3.4:80\""), "1.2.3.4 ");
  EXPECT_EQ(rfc("proto=ftp;for=1.2.3.4"), "1.2.3.4 ");
  EXPECT_EQ(rfc(" , for=1.2.3.4 ;; proto=http , "), "1.2.3.4/http ");
  EXPECT_EQ(rfc("for=\"a,b;c=d\", for=1.2.3.4"), "? 1.2.3.4 ");
}

TEST(ForwardedFor, RefusesBrokenForwarded) {
  for (auto text : {"for", "for=", "=1.2.3.4", "for=1.2.3.4 x", "for=\"1.2.3.4", "for=1.2.3.4;for=5.6.7.8",
                    "fo r=1.2.3.4", "for=[::1]", "for =1.2.3.4", "for=\"1.2.3.4\\"})
    EXPECT_EQ(rfc(text), "! ? ") << text;
}

TEST(ForwardedFor, KeepsTheLastHops) {
  ForwardedFor list;
  for (int i = 0; i < 40; ++i) list.add_list("10.0.0." + std::to_string(i));
  EXPECT_EQ(list.hops().size(), 16u);
  EXPECT_EQ(list.hops().back().address, ip("10.0.0.39"));
  EXPECT_EQ(list.hops().front().address, ip("10.0.0.24"));
}

struct Walk {
  const char *peer, *list, *client;
};

TEST(ClientAddress, IsTheRightmostThatIsNotTrusted) {
  std::vector<Cidr> trusted = {*Cidr::parse("10.0.0.0/8"), *Cidr::parse("fd00::/8")};
  for (auto w : {Walk{"192.0.2.1", "1.1.1.1", "192.0.2.1"},
                 {"10.0.0.1", "", "10.0.0.1"},
                 {"10.0.0.1", "1.1.1.1", "1.1.1.1"},
                 {"10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"},
                 {"10.0.0.1", "6.6.6.6, 1.1.1.1, 10.2.2.2", "1.1.1.1"},
                 {"10.0.0.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"},
                 {"10.0.0.1", "6.6.6.6, unknown, 10.2.2.2", "10.2.2.2"},
                 {"10.0.0.1", "6.6.6.6, junk", "10.0.0.1"},
                 {"fd00::1", "2001:db8::1", "2001:db8::1"},
                 {"10.0.0.1", "::ffff:10.0.0.9, ::ffff:1.1.1.1, ::ffff:10.0.0.2", "1.1.1.1"}}) {
    ForwardedFor list;
    list.add_list(w.list);
    EXPECT_EQ(client_address(ip(w.peer), list.hops(), trusted).address, ip(w.client)) << w.list;
  }
}

TEST(ClientAddress, GivesTheOutermostTrustedHop) {
  std::vector<Cidr> trusted = {*Cidr::parse("10.0.0.0/8")};
  ForwardedFor list;
  ASSERT_TRUE(list.add_forwarded(
      "for=6.6.6.6;host=evil, for=1.1.1.1;host=good;proto=https, for=10.0.0.2;host=inner"));
  auto client = client_address(ip("10.0.0.1"), list.hops(), trusted);
  ASSERT_TRUE(client.hop);
  EXPECT_EQ(client.hop->host, "good");
  EXPECT_EQ(client_address(ip("9.9.9.9"), list.hops(), trusted).hop, nullptr);
}

TEST(Forwarded, WritesElements) {
  EXPECT_EQ(forwarded_element(ip("192.0.2.1"), "a.example", "https"),
            "for=192.0.2.1;host=a.example;proto=https");
  EXPECT_EQ(forwarded_element(ip("2001:db8::1"), "a:80", ""), "for=\"[2001:db8::1]\";host=\"a:80\"");
  EXPECT_EQ(rfc(forwarded_element(ip("2001:db8::1"), "[::1]:80", "http")), "2001:db8::1/http@[::1]:80 ");
}

}  // namespace
}  // namespace sluice::http
