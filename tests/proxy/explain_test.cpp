// Who may ask what the filters decided, and how it is told.
#include "proxy/explain.hpp"

#include "proxy/gateway_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using ::testing::MatchesRegex;

namespace {

struct ExplainTest : proxy::testing::GatewayTest {
  ExplainTest() {
    next->explain = ExplainPolicy{FieldName("X-Sluice-Explain"), {*Cidr::parse("192.0.2.0/24")}};
  }

  Route& forwarded(pipeline::FilterChain chain) {
    auto& made = route("users", "/users", std::move(chain));
    made.action = Forward{};
    return made;
  }
  std::string ask(std::string_view field = "x-sluice-explain", std::string_view value = "1",
                  std::string_view peer = "192.0.2.7") {
    Call call(*this, "GET", "/users");
    call.from(peer);
    call.x.request.fields.add(field, value);
    sent_on = "nothing";
    forwarding.f = [this](Exchange& x, ResponseSink*) {
      sent_on = std::string(x.request.fields.get("X-Sluice-Explain"));
      x.upstream = {"users", "10.0.0.1:8080", 1};
      return proxy::testing::LambdaForwarding::answer(x, 200, "upstream");
    };
    call.go();
    return call.sink.field("X-Sluice-Explain");
  }
  std::string sent_on;
};

Eventual<Verdict> deny(Exchange& x) {
  return x.refuse(403, "ip_denied");
}
Eventual<Verdict> broken(Exchange&) {
  throw std::runtime_error("broken");
}
auto cell(Mode mode) {
  return std::make_shared<std::atomic<Mode>>(mode);
}

}  // namespace

TEST_F(ExplainTest, EachFilterIsAnItemWithItsVerdictAndItsTime) {
  forwarded(kit::Chain()
                .add(kit::pass)
                .add_cell(deny, cell(Mode::shadow), Phase::limit)
                .add_cell(deny, cell(Mode::off), Phase::limit)
                .add(broken, Phase::limit, OnError::pass)
                .build());
  EXPECT_THAT(ask(), MatchesRegex("f0;proceed;us=[0-9]+\\.[0-9]{3}, "
                                  "f1;shadow_reply=ip_denied;us=[0-9]+\\.[0-9]{3}, "
                                  "f2;off, "
                                  "f3;fault;us=[0-9]+\\.[0-9]{3}, "
                                  "\\*route;name=users, "
                                  "\\*upstream;name=users;endpoint=\"10\\.0\\.0\\.1:8080\";attempts=1"));
  EXPECT_EQ(sent_on, "");
}

TEST_F(ExplainTest, ARefusalSaysWhoRefusedAndWhy) {
  forwarded(kit::Chain().add(kit::pass).add(deny).add(kit::pass).build());
  EXPECT_THAT(ask(),
              MatchesRegex("f0;proceed;us=[0-9.]+, f1;reply=ip_denied;us=[0-9.]+, \\*route;name=users, "
                           "\\*gateway;status=403;reason=ip_denied"));
  EXPECT_EQ(sent_on, "nothing");
}

TEST_F(ExplainTest, WithoutARouteTheEdgeIsTold) {
  next->edge = kit::Chain().add(kit::pass, Phase::edge).build();
  EXPECT_THAT(ask(), MatchesRegex("f0;proceed;us=[0-9.]+, \\*gateway;status=404;reason=no_route"));
}

TEST_F(ExplainTest, WhatIsNoTokenIsAString) {
  pipeline::Step step;
  step.filter = std::make_shared<kit::LambdaFilter>(kit::pass);
  step.mode = cell(Mode::enforce);
  step.name = "9-lives";
  auto slash = step;
  slash.name = "users/ip";
  forwarded(pipeline::FilterChain({step, slash}));
  EXPECT_THAT(ask(), MatchesRegex("\"9-lives\";proceed;us=[0-9.]+, users/ip;proceed;us=[0-9.]+, .*"));
}

TEST_F(ExplainTest, TheFieldIsTakenOffWhoeverSendsItAndAnsweredToFewOnly) {
  forwarded(kit::Chain().add(kit::pass).build());
  EXPECT_EQ(ask("X-Sluice-Explain", "1", "198.51.100.1"), "");
  EXPECT_EQ(sent_on, "");
  for (auto* value : {"", "0", "yes", "11"}) {
    EXPECT_EQ(ask("X-Sluice-Explain", value), "") << value;
    EXPECT_EQ(sent_on, "");
  }
  EXPECT_EQ(ask("X-Other", "1"), "");
}

TEST_F(ExplainTest, WhatIsBelievedOfAClientDoesNotCount) {
  forwarded(kit::Chain().add(kit::pass).build());
  Call call(*this, "GET", "/users");
  call.from("10.0.0.1");  // a trusted proxy
  call.x.request.fields.add("X-Forwarded-For", "192.0.2.7");
  call.x.request.fields.add("X-Sluice-Explain", "1");
  call.go();
  EXPECT_EQ(call.x.client_text, "192.0.2.7");
  EXPECT_EQ(call.sink.field("X-Sluice-Explain"), "");
}

TEST_F(ExplainTest, AUnixSocketHasNoAddressThatMayAsk) {
  next->explain->from = {*Cidr::parse("0.0.0.0/0"), *Cidr::parse("::/0")};
  forwarded(kit::Chain().add(kit::pass).build());
  Call call(*this, "GET", "/users");
  call.peer().is_unix = true;
  call.x.request.fields.add("X-Sluice-Explain", "1");
  call.go();
  EXPECT_EQ(call.sink.field("X-Sluice-Explain"), "");
}

TEST_F(ExplainTest, NobodyIsToldWhereItIsNotConfigured) {
  next->explain.reset();
  forwarded(kit::Chain().add(kit::pass).build());
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(sent_on, "1") << "an ordinary field";
}
