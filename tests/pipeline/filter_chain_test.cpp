#include "pipeline/filter_chain.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/desk.hpp"
#include "kit/filters.hpp"
#include "kit/loop.hpp"

using namespace sluice;
using kit::Chain;

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
    std::vector<Exchange::Span> trace;
    y.trace = &trace;
    auto run = chain.run(y);
    EXPECT_TRUE(y.run_hooks().ready());
    y.end({200, 0, true, {}, {}});
    return std::tuple(run.value(), int(y.response.status), y.principal.unproven, trace.size());
  };
  EXPECT_EQ(go(), std::tuple(Verdict::reply, 401, false, 1u));
  EXPECT_EQ(hooks, 1);
  *mode = Mode::shadow;
  EXPECT_EQ(go(), std::tuple(Verdict::proceed, 0, true, 1u));
  EXPECT_EQ(hooks, 1);
  EXPECT_EQ(ends, 2);
  *mode = Mode::off;
  EXPECT_EQ(go(), std::tuple(Verdict::proceed, 0, false, 0u));
  EXPECT_EQ(ends, 2);
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
