// What is believed, and what is told to the upstream because of it.
#include "proxy/inbound.hpp"

#include <gmock/gmock.h>

#include "kit/loop.hpp"
#include "proxy/outbound.hpp"

using namespace sluice;
using namespace sluice::proxy;

namespace {

struct InboundTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer = peer_at("10.0.0.1");
  Exchange x{loop.worker, arena, peer};
  ListenerPolicy policy;
  FieldName id_header{"X-Request-ID"};
  telemetry::RequestIds ids{{1, 2, 3, 4}};

  InboundTest() {
    policy.trusted_proxies = {*Cidr::parse("10.0.0.0/8")};
    x.request.scheme = "http";
    x.request.authority = x.request.host = "example.com";
  }
  static Peer peer_at(std::string_view address) {
    Peer p;
    p.address = *IpAddress::parse(address);
    p.address_text = address;
    return p;
  }
  void from(std::string_view address) {
    peer = peer_at(address);
    x.client = peer.address;
    x.client_text = peer.address_text;
  }
  InboundTest& with(std::string_view name, std::string_view value) {
    x.request.fields.add(name, value);
    return *this;
  }
  void believe() { proxy::believe(x, policy, id_header, ids, WallPoint{}); }
  std::string field(std::string_view name) {
    std::string all;
    for (auto& f : x.request.fields)
      if (f.name == name) all.append(all.empty() ? "" : " | ").append(f.value);
    return all;
  }
  bool left(std::string_view name) {
    return std::ranges::any_of(x.request.fields, [&](auto& f) { return f.name == name; });
  }
};

}  // namespace

TEST_F(InboundTest, AStrangersClaimsAreDroppedInAnySpelling) {
  from("192.0.2.1");
  auto lies = {"X-Forwarded-For",
               "x-forwarded-anything",
               "X_Forwarded_For",
               "X-Real-IP",
               "X_REAL_IP",
               "X-Original-URL",
               "X-Rewrite_URL",
               "Forwarded",
               "forwarded",
               "Client-Cert",
               "client_cert",
               "Client-Cert-Chain",
               "X-Forwarded-Client-Cert"};
  for (auto name : lies) with(name, "lie");
  for (auto name : {"X-Forward", "X-Really", "Client-Certs", "Accept", "X-Original"}) with(name, "kept");
  believe();
  for (auto name : lies) EXPECT_FALSE(left(name)) << name;
  for (auto name : {"X-Forward", "X-Really", "Client-Certs", "Accept", "X-Original"})
    EXPECT_TRUE(left(name)) << name;
  EXPECT_EQ(x.client_text, "192.0.2.1");
  EXPECT_EQ(x.request.scheme, "http");
}

TEST_F(InboundTest, TheClientIsTheRightmostUntrustedAddress) {
  with("X-Forwarded-For", "6.6.6.6, 198.51.100.4, 10.2.2.2").with("X-Forwarded-Proto", "https");
  believe();
  EXPECT_EQ(x.client_text, "198.51.100.4");
  EXPECT_EQ(x.request.scheme, "https");
}

TEST_F(InboundTest, AGapEndsTheWalk) {
  with("X-Forwarded-For", "198.51.100.4, nonsense, 10.2.2.2");
  believe();
  EXPECT_EQ(x.client_text, "10.2.2.2");
}

TEST_F(InboundTest, OnlyTheChosenKindIsBelieved) {
  with("X-Forwarded-For", "198.51.100.4").with("Forwarded", "for=203.0.113.9;proto=https");
  believe();
  EXPECT_EQ(x.client_text, "198.51.100.4");
  EXPECT_FALSE(left("Forwarded"));
  EXPECT_EQ(x.request.scheme, "http");
}

TEST_F(InboundTest, ForwardedIsBelievedWhereTheListenerSaysSo) {
  policy.forwarded = config::ForwardedKind::rfc7239;
  with("X-Forwarded-For", "198.51.100.4")
      .with("Forwarded", "for=\"[2001:db8::1]\";proto=https;host=app.example, for=10.2.2.2");
  believe();
  EXPECT_EQ(x.client_text, "2001:db8::1");
  EXPECT_EQ(x.request.scheme, "https");
  EXPECT_EQ(field("X-Forwarded-For"), "2001:db8::1, 10.2.2.2");
  EXPECT_EQ(field("X-Forwarded-Host"), "app.example");
}

TEST_F(InboundTest, AnIdIsTakenFromATrustedPeerIfItIsSound) {
  with("X-Request-ID", "abc-123");
  believe();
  EXPECT_EQ(x.id, "abc-123");
}

TEST_F(InboundTest, AnIdIsMadeWhereNobodyIsTrustedOrTheGivenOneIsUnsound) {
  with("X-Request-ID", "has \"quotes\"").with("X_Request_ID", "shadow");
  believe();
  EXPECT_EQ(x.id.size(), 36u);
  EXPECT_EQ(field("X-Request-ID"), x.id);
  EXPECT_FALSE(left("X_Request_ID"));

  from("192.0.2.1");
  x.request.fields.clear();
  with("X-Request-ID", "mine");
  believe();
  EXPECT_NE(x.id, "mine");
}

// ---- outbound

TEST_F(InboundTest, BothFormsAreWrittenWhateverOneIsBelieved) {
  with("X-Forwarded-For", "198.51.100.4")
      .with("X-Forwarded-For", "2001:db8::1")
      .with("X-Forwarded-Host", "app.example");
  believe();
  announce(x, policy.forwarded);
  EXPECT_EQ(field("X-Forwarded-For"), "198.51.100.4, 2001:db8::1, 10.0.0.1");
  EXPECT_EQ(field("X-Forwarded-Host"), "app.example");
  EXPECT_EQ(field("Forwarded"),
            "for=198.51.100.4, for=\"[2001:db8::1]\", for=10.0.0.1;host=example.com;proto=http");
  EXPECT_EQ(field("Via"), "1.1 sluice");
}

TEST_F(InboundTest, AForwardedFieldGrowsAtItsEnd) {
  policy.forwarded = config::ForwardedKind::rfc7239;
  with("Forwarded", "for=198.51.100.4;by=secret");
  believe();
  announce(x, policy.forwarded);
  EXPECT_EQ(field("Forwarded"), "for=198.51.100.4;by=secret, for=10.0.0.1;host=example.com;proto=http");
  EXPECT_EQ(field("X-Forwarded-For"), "198.51.100.4, 10.0.0.1");
}

TEST_F(InboundTest, AUnixSocketHasNoAddressToTell) {
  peer.is_unix = true;
  peer.address_text = "unix";
  believe();
  announce(x, policy.forwarded);
  EXPECT_EQ(field("X-Forwarded-For"), "");
  EXPECT_EQ(field("Forwarded"), "for=unknown;host=example.com;proto=http");
}

TEST_F(InboundTest, AnotherOnesViaIsKept) {
  with("Via", "1.0 fred");
  believe();
  announce(x, policy.forwarded);
  EXPECT_EQ(field("Via"), "1.0 fred | 1.1 sluice");
  EXPECT_TRUE(has_been_here(x.request.fields));
}
