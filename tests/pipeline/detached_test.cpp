// What a detached exchange takes along, and that nothing of it is the other one's.
#include "pipeline/detached.hpp"

#include <gtest/gtest.h>

#include "kit/loop.hpp"
#include "sluice/waiter.hpp"

using namespace sluice;
using namespace sluice::pipeline;
using namespace std::chrono_literals;

namespace {

// Everything that an exchange looks at, on the heap, so that a view which stayed behind is found out.
struct Original {
  std::string listener = "public", address = "10.0.0.9", client = "192.0.2.7", tls = "TLSv1.3",
              sni = "a.test";
  std::string method = "PATCH", path = "/users/7", query = "a=1", host = "a.test", name = "X-Tenant",
              value = "north", id = "0123", subject = "ann", capture = "7";
  ClientCertificate certificate{.subject = "CN=ann"};
  std::vector<std::string> scopes{"read", "write"}, roles{"admin"};
  std::vector<RateLimit> limits{{}};
  Claims claims{{{"plan", "gold"}}};
  std::vector<PathParameter> parameters{{"id", capture}};
  Arena arena;
  Peer peer;
  Exchange x;

  explicit Original(Worker& worker) : peer(make_peer()), x(worker, arena, peer) {
    auto& r = x.request;
    r.method = Method::patch;
    r.method_text = method;
    r.scheme = "https";
    r.authority = r.host = host;
    r.path = path;
    r.query = query;
    r.has_query = true;
    r.fields.add(name, value);
    r.fields.add("X-Empty", std::string_view(value.data(), 0));
    r.body = std::make_unique<MemoryBody>("text");
    r.length = 4;
    r.expects_continue = true;
    x.client = *IpAddress::parse(client);
    x.client_text = client;
    x.id = id;
    x.route_name = listener;
    x.protocol = tls;
    x.parameters = parameters;
    x.buffer = 77;
    x.deadline = worker.timers.now() + 50ms;
    x.principal = {.subject = subject,
                   .method = "jwt",
                   .scopes = scopes,
                   .roles = roles,
                   .claims = &claims,
                   .limits = limits};
  }

 private:
  Peer make_peer() {
    Peer p;
    p.listener = listener;
    p.address = *IpAddress::parse(p.address_text = address);
    p.port = 4711;
    p.tls_version = tls;
    p.server_name = sni;
    p.client_certificate = &certificate;
    return p;
  }
};

struct DetachedTest : ::testing::Test {
  kit::Loop loop;
  std::unique_ptr<Original> original = std::make_unique<Original>(loop.worker);
  std::unique_ptr<Detached> detached;

  // Makes the copy, and takes away what it was made of.
  Exchange& survivor() {
    detached = std::make_unique<Detached>(original->x);
    original.reset();
    return detached->exchange();
  }
};

// Answers with a body when the test says so, and keeps an eye on what was asked.
struct Answering final : Onward {
  mutable Resolver<Unit> go;
  mutable std::string asked;

  Task<Unit> run(Exchange& x) const override {
    Waiter<Unit> waiter;
    go = waiter.resolver();
    (void)co_await waiter;
    asked = std::string(x.request.path) + " for " + std::string(x.principal.subject);
    x.response.status = 200;
    co_return Unit{};
  }
};

Task<Unit> ask(std::unique_ptr<Detached> copy, std::uint16_t& status) {
  auto& y = copy->exchange();
  auto running = y.onward->run(y);
  co_await running;
  status = y.response.status;
  copy->end();
  co_return Unit{};
}

}  // namespace

TEST_F(DetachedTest, TheRequestIsItsOwn) {
  auto& y = survivor();
  EXPECT_EQ(y.request.method, Method::patch);
  EXPECT_EQ(y.request.method_text, "PATCH");
  EXPECT_EQ(y.request.scheme, "https");
  EXPECT_EQ(y.request.authority, "a.test");
  EXPECT_EQ(y.request.host, "a.test");
  EXPECT_EQ(y.request.path, "/users/7");
  EXPECT_EQ(y.request.query, "a=1");
  EXPECT_TRUE(y.request.has_query);
  EXPECT_EQ(y.request.fields.get("x-tenant"), "north");
  ASSERT_EQ(y.parameters.size(), 1u);
  EXPECT_EQ(y.parameters[0].value, "7");
}

TEST_F(DetachedTest, AnEmptyFieldIsNotAnAbsentOne) {
  auto& y = survivor();
  EXPECT_NE(y.request.fields.get("X-Empty").data(), nullptr);
  EXPECT_EQ(y.request.fields.get("X-Other").data(), nullptr);
}

TEST_F(DetachedTest, WhoAskedIsItsOwn) {
  auto& y = survivor();
  EXPECT_EQ(y.principal.subject, "ann");
  EXPECT_TRUE(y.principal.has_scope("write"));
  EXPECT_TRUE(y.principal.has_role("admin"));
  EXPECT_EQ(y.principal.claim("plan"), "gold");
  EXPECT_EQ(y.principal.limits.size(), 1u);
  EXPECT_EQ(y.client_text, "192.0.2.7");
  EXPECT_EQ(y.id, "0123");
  EXPECT_EQ(y.buffer, 77u);
}

TEST_F(DetachedTest, ThePeerIsItsOwn) {
  auto& y = survivor();
  EXPECT_EQ(y.peer.listener, "public");
  EXPECT_EQ(y.peer.address_text, "10.0.0.9");
  EXPECT_EQ(y.peer.port, 4711);
  EXPECT_TRUE(y.peer.tls());
  EXPECT_EQ(y.peer.server_name, "a.test");
  ASSERT_TRUE(y.peer.client_certificate);
  EXPECT_EQ(y.peer.client_certificate->subject, "CN=ann");
}

TEST_F(DetachedTest, TheBodyStaysWhereItWas) {
  auto& y = survivor();
  EXPECT_FALSE(y.request.body);
  EXPECT_EQ(y.request.length, 0u);
  EXPECT_FALSE(y.request.expects_continue);
}

TEST_F(DetachedTest, ABodyThatItWasGivenIsSentFromItsBeginningAgain) {
  auto& y = survivor();
  detached->carry("whole");
  EXPECT_EQ(y.request.length, 5u);
  auto first = y.request.body->read(64);
  EXPECT_TRUE(first.value()->end);
  EXPECT_TRUE(y.request.body->rewind());
}

TEST_F(DetachedTest, TheClientsDeadlineIsNotItsOwn) {
  auto& y = survivor();
  EXPECT_EQ(y.deadline, loop.timers.now() + 1min);
  EXPECT_EQ(y.timeline.head, loop.timers.now());
}

TEST_F(DetachedTest, TheSnapshotIsPinnedAsLongAsEither) {
  SnapshotPin::Cell cell;
  original->x.snapshot = SnapshotPin(cell);
  EXPECT_EQ(cell.uses, 1u);
  detached = std::make_unique<Detached>(original->x);
  EXPECT_EQ(cell.uses, 2u);
  original.reset();
  EXPECT_EQ(cell.uses, 1u);
  detached.reset();
  EXPECT_EQ(cell.uses, 0u);
}

TEST_F(DetachedTest, ItEndsOnceAndASilentDeathIsIncomplete) {
  std::vector<bool> ends;
  auto watch = [&ends](Detached& d) {
    d.exchange().on_end([&ends](const Outcome& o) noexcept { ends.push_back(o.complete); });
  };
  detached = std::make_unique<Detached>(original->x);
  watch(*detached);
  detached->end();
  detached.reset();
  EXPECT_EQ(ends, (std::vector{true}));
  detached = std::make_unique<Detached>(original->x);
  watch(*detached);
  detached.reset();
  EXPECT_EQ(ends, (std::vector{true, false}));
}

TEST_F(DetachedTest, ItGoesOnWhenTheOtherHasDied) {
  Answering onward;
  original->x.onward = &onward;
  std::uint16_t status = 0;
  loop.background.spawn(ask(std::make_unique<Detached>(original->x), status));
  loop.spin();
  original.reset();
  onward.go(Unit{});
  loop.spin();
  EXPECT_EQ(status, 200);
  EXPECT_EQ(onward.asked, "/users/7 for ann");
  EXPECT_TRUE(loop.background.empty());
}

TEST_F(DetachedTest, ItIsCancelledLikeEverything) {
  Answering onward;
  original->x.onward = &onward;
  std::uint16_t status = 0;
  loop.background.spawn(ask(std::make_unique<Detached>(original->x), status));
  loop.spin();
  loop.background.cancel();
  EXPECT_FALSE(onward.go.wanted());
  EXPECT_EQ(status, 0);
}
