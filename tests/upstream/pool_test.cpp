#include "upstream/pool.hpp"

#include <gtest/gtest.h>

#include "net/loop.hpp"
#include "net/tls/client_context.hpp"
#include "upstream/fixtures.hpp"
#include "upstream/puppet_dialler.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace std::chrono_literals;

namespace {

using MaybeLease = std::optional<Result<Lease>>;

struct Pools : ::testing::Test {
  Endpoints endpoints;
  net::TestLoop loop;
  PuppetDialler puppet;
  ConnectSettings settings;
  std::shared_ptr<Endpoint> endpoint = endpoints.at(1);
  Connections connections{loop.reactor, puppet.dialler()};
  Scope scope;

  Task<Unit> ask(MaybeLease& into, TimePoint deadline) {
    auto leasing = connections.lease(*endpoint, settings, deadline);
    auto lease = co_await leasing;
    into.emplace(std::move(lease));
    co_return Unit{};
  }
  MaybeLease try_lease(TimePoint deadline = TimePoint::max()) {
    MaybeLease lease;
    scope.spawn(ask(lease, deadline));
    loop.spin();
    scope.cancel();
    return lease;
  }
  Lease lease() { return std::move(**try_lease()); }
  const char* refusal() { return try_lease()->error().cause; }

  Task<Unit> get(Lease& lease, bool& done) {
    Arena arena;
    Response response(arena);
    http::RequestHead head;
    head.host = "up";
    auto sending = lease->send_head(head);
    auto sent = co_await sending;
    if (!sent) co_return Unit{};
    auto receiving = lease->receive_head(Method::get, response);
    auto received = co_await receiving;
    done = received && response.status == 200;
    co_return Unit{};
  }
  // One exchange on it, to its end or, without an answer, to where it waits for one.
  bool use(Lease& lease, net::MemoryWire& wire, std::string_view answer = ok_answer) {
    bool done = false;
    scope.spawn(get(lease, done));
    loop.spin();
    if (!answer.empty()) wire.say(answer);
    loop.spin();
    scope.cancel();
    return done;
  }
  // The wires of `count` connections that wait in the pool, in the order in which they were put back.
  std::vector<std::shared_ptr<net::MemoryWire>> pooled(std::size_t count) {
    std::vector<Lease> leases;
    std::vector<std::shared_ptr<net::MemoryWire>> wires;
    for (std::size_t i = 0; i < count; ++i) {
      leases.push_back(lease());
      wires.push_back(puppet.calls.back().wire);
      EXPECT_TRUE(use(leases.back(), *wires.back()));
    }
    for (auto& l : leases) {
      Lease dies = std::move(l);
    }
    loop.spin();
    return wires;
  }
  // Which of the wires a new lease is on; an exchange tells. -1: none of them.
  int which(const std::vector<std::shared_ptr<net::MemoryWire>>& wires, Lease& lease) {
    for (auto& w : wires) w->take();
    use(lease, *wires[0], "");
    for (std::size_t i = 0; i < wires.size(); ++i)
      if (!wires[i]->arrived().empty()) return static_cast<int>(i);
    return -1;
  }
};

}  // namespace

TEST_F(Pools, DialsWhereTheEndpointIsWithinTheConnectTimeout) {
  settings.connect_timeout = 700ms;
  auto l = lease();
  ASSERT_EQ(puppet.calls.size(), 1u);
  EXPECT_EQ(puppet.calls[0].address, "10.0.0.1:8080");
  EXPECT_FALSE(puppet.calls[0].tls);
  EXPECT_EQ(puppet.calls[0].deadline, loop.reactor.now() + 700ms);
  EXPECT_EQ(&l.endpoint(), endpoint.get());
}

TEST_F(Pools, TheCallersDeadlineComesFirstWhereItIsSooner) {
  auto deadline = loop.reactor.now() + 20ms;
  try_lease(deadline);
  EXPECT_EQ(puppet.calls[0].deadline, deadline);
}

TEST_F(Pools, AConnectionThatFinishedItsExchangeIsUsedAgain) {
  {
    auto first = lease();
    EXPECT_TRUE(use(first, puppet.last()));
  }
  auto again = connections.lease(*endpoint, settings, TimePoint::max());
  ASSERT_TRUE(again.ready());  // no coroutine, no dialling
  ASSERT_TRUE(again.value());
  EXPECT_TRUE(use(*again.value(), puppet.last()));
  EXPECT_TRUE((*again.value())->reused());
  EXPECT_EQ(puppet.calls.size(), 1u);
}

TEST_F(Pools, OneThatDidNotIsClosed) {
  {
    auto unanswered = lease();
    EXPECT_FALSE(use(unanswered, puppet.last(), ""));
  }
  loop.spin();
  EXPECT_TRUE(puppet.last().far_saw_end());
  { auto unused = lease(); }
  {
    auto halfway = lease();
    EXPECT_TRUE(use(halfway, puppet.last(), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  }
  {
    auto last = lease();
    EXPECT_TRUE(
        use(last, puppet.last(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  }
  auto fresh = lease();
  EXPECT_EQ(puppet.calls.size(), 5u);
  EXPECT_EQ(endpoint->connections(), 1u);
}

TEST_F(Pools, ASpoiledLeaseIsClosedWhateverItsState) {
  {
    auto l = lease();
    EXPECT_TRUE(use(l, puppet.last()));
    l.spoil();
  }
  EXPECT_TRUE(puppet.last().far_saw_end());
  EXPECT_EQ(endpoint->connections(), 0u);
}

TEST_F(Pools, TheOneUsedLastIsUsedFirst) {
  auto wires = pooled(3);
  auto a = lease();
  auto b = lease();
  auto c = lease();
  EXPECT_EQ(puppet.calls.size(), 3u);
  EXPECT_EQ(which(wires, a), 2);
  EXPECT_EQ(which(wires, b), 1);
  EXPECT_EQ(which(wires, c), 0);
}

TEST_F(Pools, OneThatTheServerClosedIsNeverHandedOut) {
  auto wires = pooled(3);
  wires[2]->end();
  wires[1]->reset();
  loop.spin();
  EXPECT_EQ(endpoint->connections(), 1u);  // gone at once, before anybody asked
  auto l = lease();
  EXPECT_EQ(which(wires, l), 0);
  auto fresh = lease();
  EXPECT_EQ(puppet.calls.size(), 4u);
}

TEST_F(Pools, NorOneWhereTheServerSpeaksUnasked) {
  auto wires = pooled(1);
  wires[0]->say("HTTP/1.1 408 Request Timeout\r\n\r\n");
  auto l = lease();
  EXPECT_EQ(puppet.calls.size(), 2u);
  EXPECT_EQ(endpoint->connections(), 1u);
}

TEST_F(Pools, NoMoreThanMaxIdleWait) {
  settings.max_idle = 2;
  auto wires = pooled(3);
  EXPECT_EQ(endpoint->connections(), 2u);
  EXPECT_TRUE(wires[0]->far_saw_end());  // the one unused for longest
  EXPECT_FALSE(wires[2]->far_saw_end());
  settings.max_idle = 0;
  {
    auto l = lease();
    EXPECT_TRUE(use(l, *wires[2]));
  }
  EXPECT_EQ(endpoint->connections(), 1u);
}

TEST_F(Pools, TheIdleOnesCloseAfterTheirTimeout) {
  settings.idle_timeout = 10s;
  auto wires = pooled(1);
  loop.advance(6s);
  { auto used_again = lease(); }
  loop.advance(9900ms);
  EXPECT_EQ(endpoint->connections(), 1u);
  loop.advance(200ms);
  EXPECT_EQ(endpoint->connections(), 0u);
  EXPECT_TRUE(wires[0]->far_saw_end());
}

TEST_F(Pools, EachIdleOneHasItsOwnTime) {
  settings.idle_timeout = 10s;
  std::optional<Lease> early = lease();
  std::optional<Lease> late = lease();
  EXPECT_TRUE(use(*early, *puppet.calls[0].wire));
  EXPECT_TRUE(use(*late, *puppet.calls[1].wire));
  early.reset();
  loop.advance(4s);
  late.reset();
  loop.advance(7s);
  EXPECT_TRUE(puppet.calls[0].wire->far_saw_end());
  EXPECT_FALSE(puppet.calls[1].wire->far_saw_end());
  loop.advance(4s);
  EXPECT_TRUE(puppet.calls[1].wire->far_saw_end());
}

TEST_F(Pools, NoMoreThanMaxConnectionsInTheWholeProcess) {
  settings.max_connections = 2;
  net::Reactor other_reactor{1, [] { return net::TestLoop::clock; }};
  Connections elsewhere(other_reactor, puppet.dialler());
  auto mine = lease();
  ASSERT_TRUE(endpoint->add_connection(2));  // another worker's, for a request of its
  endpoint->local(1).in_flight.add(1);
  auto refused_lease = try_lease();
  ASSERT_FALSE(*refused_lease);
  auto error = refused_lease->error();
  EXPECT_STREQ(error.cause, "pool_full");
  EXPECT_EQ(error.kind, Error::Kind::unavailable);
  EXPECT_EQ(error.side, Error::Side::upstream);
  EXPECT_EQ(error.retry, Error::Retry::always);
  EXPECT_EQ(endpoint->connections(), 2u);
  EXPECT_EQ(endpoint->in_flight(), 2u);
  endpoint->remove_connection();
  EXPECT_TRUE(*try_lease());
}

TEST_F(Pools, ZeroIsNoLimit) {
  settings.max_connections = 0;
  std::vector<Lease> leases;
  for (int i = 0; i < 100; ++i) leases.push_back(lease());
  EXPECT_EQ(endpoint->connections(), 100u);
}

TEST_F(Pools, AFailedDialLeavesNothingBehind) {
  puppet.refusal = refused();
  auto result = try_lease();
  ASSERT_FALSE(*result);
  EXPECT_STREQ(result->error().cause, "connect_refused");
  EXPECT_EQ(result->error().retry, Error::Retry::always);
  EXPECT_EQ(endpoint->connections(), 0u);
  EXPECT_EQ(endpoint->in_flight(), 0u);
}

TEST_F(Pools, ACancelledDialLeavesNothingBehind) {
  puppet.stalls = true;
  MaybeLease waiting;
  scope.spawn(ask(waiting, TimePoint::max()));
  loop.spin();
  EXPECT_EQ(endpoint->connections(), 1u);
  EXPECT_EQ(endpoint->in_flight(), 1u);
  scope.cancel();
  EXPECT_FALSE(waiting);
  EXPECT_EQ(endpoint->connections(), 0u);
  EXPECT_EQ(endpoint->in_flight(), 0u);
}

TEST_F(Pools, ANameWithoutAddressIsUnavailable) {
  endpoint = endpoints.registry.endpoint(identity("users.internal"));
  EXPECT_STREQ(refusal(), "unresolved");
  endpoint->resolve(std::array{*IpAddress::parse("10.9.9.9")});
  auto l = lease();
  EXPECT_EQ(puppet.calls.back().address, "10.9.9.9:8080");
}

TEST_F(Pools, DialsOverTlsWhereTheEndpointSpeaksIt) {
  net::TlsNotes notes;
  auto context = net::TlsClientContext::build({}, wall_now(), notes);
  settings.tls = context;
  auto plain = lease();
  EXPECT_FALSE(puppet.calls.back().tls);
  auto secure = identity("10.0.0.1", 8443);
  secure.tls = true;
  endpoint = endpoints.registry.endpoint(secure);
  auto l = lease();
  EXPECT_TRUE(puppet.calls.back().tls);
}

TEST_F(Pools, ATlsEndpointKeepsItsSessionsUntilItsContextIsAnother) {
  net::TlsNotes notes;
  auto context = net::TlsClientContext::build({}, wall_now(), notes);
  auto before = endpoint->tls(context, "");
  EXPECT_EQ(endpoint->tls(context, ""), before);
  auto renewed = net::TlsClientContext::build({}, wall_now(), notes);
  EXPECT_NE(endpoint->tls(renewed, ""), before);
}

TEST_F(Pools, CountsWhatIsInFlightOnItsWorker) {
  auto a = std::optional(lease());
  auto b = std::optional(lease());
  EXPECT_EQ(endpoint->local(0).in_flight.value(), 2u);
  EXPECT_EQ(endpoint->local(1).in_flight.value(), 0u);
  EXPECT_TRUE(use(*a, *puppet.calls[0].wire));
  a.reset();
  EXPECT_EQ(endpoint->in_flight(), 1u);
  b.reset();
  EXPECT_EQ(endpoint->in_flight(), 0u);
}

TEST_F(Pools, ARetiredEndpointClosesWhatWaitsNowAndWhatIsLeasedLater) {
  auto wires = pooled(1);
  auto in_use = std::optional(lease());
  auto idle = std::optional(lease());
  EXPECT_TRUE(use(*idle, puppet.last()));
  idle.reset();
  EXPECT_EQ(endpoint->connections(), 2u);
  auto* raw = endpoint.get();
  endpoint.reset();
  ASSERT_EQ(endpoints.retired.size(), 1u);
  connections.retire(*endpoints.retired[0]);
  loop.spin();
  EXPECT_EQ(raw->connections(), 1u);
  EXPECT_TRUE(use(*in_use, *wires[0]));
  in_use.reset();
  EXPECT_EQ(raw->connections(), 0u);
  connections.retire(*raw);
  EXPECT_EQ(raw->local(0).pool, nullptr);
}

TEST_F(Pools, AReloadKeepsTheWarmOnes) {
  auto before = endpoints.set({1});
  auto wires = pooled(1);
  auto after = endpoints.set({5});
  before.reset();
  endpoint = after->members()[0].endpoint;
  auto l = lease();
  EXPECT_EQ(puppet.calls.size(), 1u);
}

TEST_F(Pools, DrainClosesWhatWaits) {
  auto wires = pooled(2);
  connections.close_idle();
  loop.spin();
  EXPECT_EQ(endpoint->connections(), 0u);
}
