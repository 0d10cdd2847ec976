// Questions to a server on loopback that says what a test tells it to, over UDP and TCP.
#include "upstream/dns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "upstream/dns_server.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

namespace {

struct DnsTest : ::testing::Test {
  net::Reactor reactor{0};
  Dns dns{reactor};
  DnsServer server;

  template <class T>
  Result<T> run(Task<Result<T>> task) {
    std::optional<Result<T>> result;
    {
      net::Reactor::Here here(reactor);
      reactor.background().spawn(keep(std::move(task), result));
    }
    for (auto end = Clock::now() + 30s; !result && Clock::now() < end;) {
      reactor.poll();
      std::this_thread::sleep_for(1ms);
    }
    if (!result) return Error(Error::Kind::timeout, Error::Side::internal, "the test has waited enough");
    return std::move(*result);
  }
  template <class T>
  Task<Unit> keep(Task<Result<T>> task, std::optional<Result<T>>& result) {
    result = co_await task;
    co_return Unit{};
  }
  NameService::Servers servers() const { return {server.address()}; }
  auto services() { return run(dns.services("_http._tcp.orders.internal", servers())); }
  auto addresses(const char* host = "a.internal") { return run(dns.addresses(host, servers())); }
};

TEST_F(DnsTest, ReadsServicesWithTheirTimeToLive) {
  server.answer = [](const DnsQuestion& q) {
    return DnsReply(q).srv(60, 10, 20, 8080, "A.Internal").srv(30, 20, 0, 8081, "b.internal").bytes();
  };
  auto found = services();
  ASSERT_TRUE(found) << found.error().cause;
  EXPECT_THAT(found->items,
              ElementsAre(Service{"a.internal", 8080, 10, 20}, Service{"b.internal", 8081, 20, 0}));
  EXPECT_EQ(found->ttl, 30s);
  EXPECT_EQ(server.questions().at(0).name, "_http._tcp.orders.internal");
}

TEST_F(DnsTest, ReadsAddressesOfBothKindsSortedWithTheShortestTimeToLive) {
  server.answer = [](const DnsQuestion& q) {
    DnsReply reply(q);
    if (q.type == DnsQuestion::a) reply.a(60, "10.0.0.2").a(20, "10.0.0.1").a(60, "10.0.0.2");
    if (q.type == DnsQuestion::aaaa) reply.aaaa(40, "fd00::1");
    return reply.bytes();
  };
  auto found = addresses();
  ASSERT_TRUE(found) << found.error().cause;
  std::vector<std::string> text;
  for (auto& a : found->items) text.push_back(a.to_string());
  EXPECT_THAT(text, ElementsAre("10.0.0.1", "10.0.0.2", "fd00::1"));
  EXPECT_EQ(found->ttl, 20s);
}

TEST_F(DnsTest, OneFamilyIsEnough) {
  server.answer = [](const DnsQuestion& q) {
    DnsReply reply(q);
    if (q.type == DnsQuestion::a) reply.a(60, "10.0.0.1");
    return reply.bytes();
  };
  EXPECT_TRUE(addresses());
}

TEST_F(DnsTest, FailuresSayWhich) {
  auto cause = [&](std::uint8_t code) {
    server.answer = [code](const DnsQuestion& q) { return DnsReply(q).code(code).bytes(); };
    return std::string(services().error().cause);
  };
  EXPECT_EQ(cause(DnsReply::no_such_name), "dns_not_found");
  EXPECT_EQ(cause(0), "dns_empty");
  EXPECT_EQ(cause(DnsReply::refused), "dns_no_answer");
  EXPECT_EQ(cause(DnsReply::server_failure), "dns_no_answer");
}

TEST_F(DnsTest, AServiceThatIsExplicitlyNotThereIsEmpty) {
  server.answer = [](const DnsQuestion& q) { return DnsReply(q).srv(60, 0, 0, 0, "").bytes(); };
  EXPECT_STREQ(services().error().cause, "dns_empty");
}

TEST_F(DnsTest, WhatIsNoHostNameIsLeftOut) {
  server.answer = [](const DnsQuestion& q) {
    return DnsReply(q)
        .srv(60, 0, 0, 80, "bad host\n.internal")
        .srv(60, 0, 0, 80, "good.internal")
        .srv(60, 0, 0, 80, "{\"}.internal")
        .bytes();
  };
  auto found = services();
  ASSERT_TRUE(found) << found.error().cause;
  EXPECT_THAT(found->items, ElementsAre(Service{"good.internal", 80, 0, 0}));
}

TEST_F(DnsTest, ALongAnswerComesByTcp) {
  server.truncates = true;
  server.answer = [](const DnsQuestion& q) {
    DnsReply reply(q);
    for (int i = 0; i < 100; ++i) reply.srv(60, 0, 1, 80, "host-" + std::to_string(i) + ".internal");
    return reply.bytes();
  };
  auto found = services();
  ASSERT_TRUE(found) << found.error().cause;
  EXPECT_EQ(found->items.size(), 100u);
}

TEST_F(DnsTest, RubbishIsNoAnswer) {
  server.answer = [](const DnsQuestion& q) {
    auto bytes = DnsReply(q).srv(60, 0, 0, 80, "a.internal").bytes();
    for (int i = 0; i < 5; ++i) bytes.pop_back();
    return bytes;
  };
  EXPECT_FALSE(services());
}

TEST_F(DnsTest, AServerThatIsNotThereIsToldApart) {
  server.stop();
  EXPECT_STREQ(services().error().cause, "dns_no_answer");
}

TEST_F(DnsTest, ASecondServerAnswersForOneThatDoesNot) {
  DnsServer other;
  other.answer = [](const DnsQuestion& q) { return DnsReply(q).srv(60, 0, 0, 80, "a.internal").bytes(); };
  server.stop();
  NameService::Servers both = {server.address(), other.address()};
  EXPECT_TRUE(run(dns.services("_http._tcp.orders.internal", both)));
}

TEST_F(DnsTest, ASlowNameHoldsUpNoOther) {
  server.answer = [](const DnsQuestion& q) -> std::vector<unsigned char> {
    if (q.name == "slow.internal") return {};
    return DnsReply(q).a(60, "10.0.0.1").bytes();
  };
  std::optional<Result<DnsAnswer<IpAddress>>> slow;
  net::Reactor::Here here(reactor);
  reactor.background().spawn(keep(dns.addresses("slow.internal", servers()), slow));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(addresses());
  EXPECT_FALSE(slow) << "its server has said nothing";
  reactor.background().cancel();  // in the middle of it
}

TEST_F(DnsTest, NumbersAndTheHostsFileNeedNoServer) {
  server.stop();
  auto number = run(dns.addresses("10.1.2.3", {}));
  ASSERT_TRUE(number);
  EXPECT_EQ(number->items.at(0).to_string(), "10.1.2.3");
  auto host = run(dns.addresses("localhost", {}));
  ASSERT_TRUE(host) << host.error().cause;
  EXPECT_TRUE(host->items.at(0).is_loopback());
}

TEST(ServicesOf, WhateverIsCutOffIsAnErrorAndNoMore) {
  DnsQuestion q;
  q.head = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  q.raw = {1, 'a', 0, 0, 33, 0, 1};
  auto whole = DnsReply(q).srv(60, 1, 2, 80, "a.internal").bytes();
  ASSERT_TRUE(services_of(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(services_of(std::span(whole).first(size))) << size;
}

}  // namespace
