#include "pipeline/filter_chain.hpp"

#include <gmock/gmock.h>

#include <sstream>
#include <thread>

#include "base/desk.hpp"
#include "kit/filters.hpp"
#include "kit/loop.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

using namespace sluice;
using kit::Chain;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

struct ChainTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Exchange x{loop.worker, arena, peer};
  std::string order;
  std::optional<Verdict> verdict;
  Scope scope;

  kit::LambdaFilter::Function says(std::string text) {
    return [this, text](Exchange&) -> Eventual<Verdict> {
      order += text;
      return Verdict::proceed;
    };
  }
  Task<Unit> finish(const pipeline::FilterChain& chain) {
    auto running = chain.run(x);
    verdict = co_await running;
    co_return Unit{};
  }
  void start(const pipeline::FilterChain& chain) {
    scope.spawn(finish(chain));
    loop.spin();
  }
};

Task<Verdict> wait_for(std::vector<Resolver<int>>& asked) {
  Waiter<int> waiter;
  asked.push_back(waiter.resolver());
  auto answer = co_await waiter;
  co_return answer&&* answer == 1 ? Verdict::proceed : Verdict::reply;
}

Eventual<Verdict> faulty(Exchange& x) {
  x.on_response([](Exchange&) -> Eventual<Unit> { return Unit{}; });
  throw std::runtime_error("filter");
}

auto cell(Mode mode) {
  return std::make_shared<std::atomic<Mode>>(mode);
}

// "filter verdict reason" of each.
std::vector<std::string> told(const Exchange::Trace& trace) {
  static constexpr const char* names[] = {"proceed", "reply", "shadow_reply", "fault", "off"};
  std::vector<std::string> all;
  for (auto* s = trace.first; s; s = s->next)
    all.push_back(std::string(s->filter) + ' ' + names[static_cast<int>(s->what)] + ' ' + s->reason);
  return all;
}

}  // namespace

TEST_F(ChainTest, PhasesDecideTheOrderAndWithinOneTheList) {
  auto chain = Chain()
                   .add(says("cache "), Phase::cache)
                   .add(says("limit1 "), Phase::limit)
                   .add(says("edge "), Phase::edge)
                   .add(says("limit2 "), Phase::limit)
                   .add(says("identity "), Phase::identity)
                   .build();
  EXPECT_TRUE(chain.run(x).ready());
  EXPECT_EQ(order, "edge identity limit1 limit2 cache ");
  EXPECT_EQ(chain.first_of(Phase::limit), 2u);
  EXPECT_EQ(chain.first_of(Phase::upstream), 5u);
}

TEST_F(ChainTest, AReplyEndsIt) {
  auto chain = Chain().add([](Exchange& y) { return y.refuse(403, "no"); }).add(says("never")).build();
  auto run = chain.run(x);
  ASSERT_TRUE(run.ready());
  EXPECT_EQ(run.value(), Verdict::reply);
  EXPECT_EQ(x.response.status, 403);
  EXPECT_STREQ(x.response.reason, "no");
  EXPECT_EQ(order, "");
}

TEST_F(ChainTest, AFilterThatWaitsHoldsTheRestBack) {
  std::vector<Resolver<int>> asked;
  auto chain = Chain()
                   .add(says("a"))
                   .add([&](Exchange&) { return wait_for(asked); })
                   .add(says("b"))
                   .add([&](Exchange&) { return wait_for(asked); })
                   .add(says("c"))
                   .build();
  start(chain);
  EXPECT_EQ(order, "a");
  asked[0](1);
  loop.spin();
  EXPECT_EQ(order, "ab");
  asked[1](1);
  loop.spin();
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(verdict, Verdict::proceed);
}

TEST_F(ChainTest, AWaitingFilterThatIsDroppedIsNotResumed) {
  std::vector<Resolver<int>> asked;
  auto chain = Chain().add([&](Exchange&) { return wait_for(asked); }).add(says("never")).build();
  start(chain);
  scope.cancel();
  EXPECT_FALSE(asked[0].wanted());
  asked[0](1);
  loop.spin();
  EXPECT_EQ(order, "");
}

TEST_F(ChainTest, AFaultRefusesAndItsHooksAreDropped) {
  auto chain = Chain().add(faulty).add(says("never")).build();
  EXPECT_EQ(chain.run(x).value(), Verdict::reply);
  EXPECT_EQ(x.response.status, 500);
  EXPECT_STREQ(x.response.reason, "filter_fault");
  EXPECT_EQ(x.hook_mark(), nullptr);
}

TEST_F(ChainTest, AFaultPassesWhereTheFileSaysSo) {
  auto chain = Chain().add(faulty, Phase::limit, OnError::pass).add(says("next")).build();
  EXPECT_EQ(chain.run(x).value(), Verdict::proceed);
  EXPECT_EQ(x.response.status, 0);
  EXPECT_EQ(order, "next");
}

TEST_F(ChainTest, AFaultAfterAWaitIsTheSame) {
  std::vector<Resolver<int>> asked;
  auto chain = Chain()
                   .add([&](Exchange&) {
                     return Eventual<Verdict>(wait_for(asked)).then([](Verdict) -> Verdict { throw 1; });
                   })
                   .build();
  start(chain);
  asked[0](1);
  loop.spin();
  EXPECT_EQ(verdict, Verdict::reply);
  EXPECT_EQ(x.response.status, 500);
}

TEST_F(ChainTest, ShadowDecidesNothingDropsHooksKeepsObserversAndIsSeen) {
  auto mode = std::make_shared<std::atomic<Mode>>(Mode::enforce);
  int hooks = 0, ends = 0;
  auto chain = Chain()
                   .add_cell(
                       [&](Exchange& y) {
                         y.on_response([&](Exchange&) -> Eventual<Unit> {
                           ++hooks;
                           return Unit{};
                         });
                         y.on_end([&](const Outcome&) noexcept { ++ends; });
                         return y.refuse(401, "token");
                       },
                       mode, Phase::identity)
                   .build();
  auto go = [&] {
    Exchange y(loop.worker, arena, peer);
    Exchange::Trace trace;
    y.trace = &trace;
    auto run = chain.run(y);
    EXPECT_TRUE(y.run_hooks().ready());
    y.end({200, 0, true, {}, {}});
    return std::tuple(run.value(), int(y.response.status), y.principal.unproven, told(trace).at(0));
  };
  EXPECT_EQ(go(), std::tuple(Verdict::reply, 401, false, "f0 reply token"));
  EXPECT_EQ(hooks, 1);
  *mode = Mode::shadow;
  EXPECT_EQ(go(), std::tuple(Verdict::proceed, 0, true, "f0 shadow_reply token"));
  EXPECT_EQ(hooks, 1);
  EXPECT_EQ(ends, 2);
  *mode = Mode::off;
  EXPECT_EQ(go(), std::tuple(Verdict::proceed, 0, false, "f0 off "));
  EXPECT_EQ(ends, 2);
}

TEST_F(ChainTest, WhatAShadowedFilterSaidLeavesNoMarkButTheOneForTheRecord) {
  auto chain = Chain()
                   .add_cell(
                       [](Exchange& y) {
                         y.refuse(413, "too_long");
                         y.response.fields.add("X-A", "b");
                         y.explain("a sentence", "\"errors\":[]");
                         y.error = Error(Error::Kind::too_large, Error::Side::downstream, "body_too_large");
                         y.flags.set(Flag::uaex);
                         return Verdict::reply;
                       },
                       cell(Mode::shadow), Phase::validation)
                   .build();
  x.flags.set(Flag::di);
  EXPECT_EQ(chain.run(x).value(), Verdict::proceed);
  EXPECT_EQ(x.response.status, 0);
  EXPECT_EQ(x.response.fields.begin(), x.response.fields.end());
  EXPECT_EQ(x.problem.detail, "");
  EXPECT_STREQ(x.error.cause, "");
  EXPECT_EQ(x.flags, ResponseFlags{Flag::di});
  EXPECT_FALSE(x.principal.unproven) << "it does not say who somebody is";
  EXPECT_THAT(x.shadowed, ElementsAre("f0:too_long"));
}

TEST_F(ChainTest, OnlySoManyShadowedRefusalsAreTold) {
  Chain made;
  for (std::size_t i = 0; i < pipeline::FilterChain::max_shadowed + 2; ++i)
    made.add_cell([](Exchange& y) { return y.refuse(403, "no"); }, cell(Mode::shadow), Phase::limit);
  EXPECT_EQ(made.build().run(x).value(), Verdict::proceed);
  ASSERT_EQ(x.shadowed.size(), pipeline::FilterChain::max_shadowed);
  EXPECT_EQ(x.shadowed.back(), "f7:no");
}

TEST_F(ChainTest, AFaultInShadowRefusesNothing) {
  auto chain = Chain().add_cell(faulty, cell(Mode::shadow), Phase::identity).add(says("next")).build();
  EXPECT_EQ(chain.run(x).value(), Verdict::proceed);
  EXPECT_EQ(order, "next");
  EXPECT_EQ(x.response.status, 0);
  EXPECT_EQ(x.hook_mark(), nullptr);
  EXPECT_TRUE(x.principal.unproven);
  EXPECT_THAT(x.shadowed, ElementsAre("f0:filter_fault"));
}

TEST_F(ChainTest, AFaultIsLoggedWithTheRequestAndThePolicy) {
  std::ostringstream out;
  telemetry::log::Redirect redirect(out);
  x.id = "0192-id";
  x.route_name = "users";
  loop.advance(std::chrono::hours(1));  // whatever other tests logged, a line may come again
  auto chain = Chain().add(faulty, Phase::limit, OnError::pass).build();
  EXPECT_EQ(chain.run(x).value(), Verdict::proceed);
  EXPECT_THAT(out.str(), HasSubstr("filter.fault"));
  for (auto* part : {"request_id=0192-id", "route=users", "policy=f0", "error=filter"})
    EXPECT_THAT(out.str(), HasSubstr(part));
}

TEST_F(ChainTest, EachVerdictIsCountedByPolicy) {
  telemetry::Metrics metrics(1);
  auto mode = cell(Mode::enforce);
  std::function<Eventual<Verdict>(Exchange&)> says = kit::pass;
  pipeline::Step step;
  step.filter = std::make_shared<kit::LambdaFilter>([&](Exchange& y) { return says(y); });
  step.mode = mode;
  step.name = "login";
  step.counts = pipeline::FilterCounts(metrics, "login");
  pipeline::FilterChain chain({step});
  auto go = [&](Mode now) {
    *mode = now;
    Exchange y(loop.worker, arena, peer);
    return chain.run(y).value();
  };
  go(Mode::enforce);
  go(Mode::shadow);
  says = [](Exchange& y) { return y.refuse(401, "token"); };
  go(Mode::enforce);
  go(Mode::shadow);
  go(Mode::shadow);
  go(Mode::off);
  says = faulty;
  go(Mode::enforce);
  auto text = metrics.text();
  for (auto* line : {"verdict=\"proceed\"} 2", "verdict=\"reply\"} 1", "verdict=\"shadow_reply\"} 2",
                     "verdict=\"fault\"} 1"})
    EXPECT_THAT(text, HasSubstr("sluice_filter_total{policy=\"login\"," + std::string(line)));
}

TEST_F(ChainTest, WhereNobodyWasAskedWhoTheyAreThePrincipalIsNotCertain) {
  auto chain = Chain()
                   .add_cell(says("a"), cell(Mode::off), Phase::permission)
                   .add_cell(says("b"), cell(Mode::off), Phase::identity)
                   .build();
  EXPECT_TRUE(x.principal.certain());
  start(chain);
  EXPECT_EQ(order, "");
  EXPECT_TRUE(x.principal.unasked);
  EXPECT_FALSE(x.principal.certain());
}

TEST_F(ChainTest, AFilterThatWaitsDecidesInTheModeThatItBeganIn) {
  std::vector<Resolver<int>> asked;
  auto mode = cell(Mode::shadow);
  auto chain = Chain()
                   .add_cell([&](Exchange&) { return wait_for(asked); }, mode, Phase::limit)
                   .add(says("next"))
                   .build();
  start(chain);
  *mode = Mode::enforce;
  asked[0](0);
  loop.spin();
  EXPECT_EQ(verdict, Verdict::proceed);
  EXPECT_EQ(order, "next");
}

TEST_F(ChainTest, AnAnswerFromAnotherThreadComesByTicketAndALateOneFindsNobody) {
  base::Desk<int> desk;
  std::vector<base::Desk<int>::Ticket> tickets;
  auto chain = Chain()
                   .add([&](Exchange&) -> Eventual<Verdict> {
                     return [](base::Desk<int>& d, auto& out) -> Task<Verdict> {
                       Waiter<int> waiter;
                       out.push_back(d.sit(waiter.resolver()));
                       auto answer = co_await waiter;
                       co_return answer&&* answer == 7 ? Verdict::proceed : Verdict::reply;
                     }(desk, tickets);
                   })
                   .build();
  auto send = [&](base::Desk<int>::Ticket ticket) {
    std::thread([&, ticket] { loop.mailbox.post([&, ticket] { desk.answer(ticket, 7); }); }).join();
    loop.spin();
  };
  start(chain);
  scope.cancel();
  start(chain);
  EXPECT_EQ(tickets[0].seat, tickets[1].seat) << "the seat is taken again";
  send(tickets[0]);
  EXPECT_FALSE(verdict);
  send(tickets[1]);
  EXPECT_EQ(verdict, Verdict::proceed);
}
