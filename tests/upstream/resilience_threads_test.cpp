// Breakers, outliers and retry budgets are one for the process: several workers use them at once, while
// worker 0 judges. For ThreadSanitizer, and to see that no bound is passed and nothing is left over.
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "telemetry/log.hpp"
#include "upstream/breaker.hpp"
#include "upstream/fixtures.hpp"
#include "upstream/outliers.hpp"
#include "upstream/random.hpp"
#include "upstream/retry_budget.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

constexpr unsigned workers = 4;

// Each worker on a thread of its own, until the test says enough.
struct Crew {
  std::atomic<bool> enough = false;
  std::vector<std::jthread> threads;

  template <class F>
  explicit Crew(F work) {
    for (unsigned i = 0; i < workers; ++i)
      threads.emplace_back([this, work, i] {
        Random random(i + 1);
        while (!enough) work(i, random);
      });
  }
  ~Crew() { enough = true; }

  template <class Condition>
  bool until(Condition condition) {
    for (auto end = Clock::now() + 20s; Clock::now() < end; std::this_thread::sleep_for(1ms))
      if (condition()) return true;
    return false;
  }
};

struct ResilienceThreads : ::testing::Test, upstream::testing::Endpoints {
  std::ostringstream logged;
  telemetry::log::Redirect redirect{logged};
};

}  // namespace

TEST_F(ResilienceThreads, ABreakerNeverLetsInMoreThanItMayAndComesRound) {
  config::Breaker rules;
  rules.in_flight = 3;
  rules.pending = 2;
  rules.open = 20ms;
  rules.window = 1s;
  Breaker breaker("users", metrics, workers);
  std::atomic<int> inside = 0, waiting = 0, most = 0, most_waiting = 0;
  std::atomic<bool> well = true;
  std::atomic<unsigned> refused = 0, opened = 0;
  auto note = [](std::atomic<int>& highest, int now) {
    for (auto seen = highest.load(); seen < now && !highest.compare_exchange_weak(seen, now);) {
    }
  };
  {
    Crew crew([&](unsigned worker, Random& random) {
      auto admission = breaker.admit(rules, worker, Clock::now());
      if (!admission.ticket) {
        ++refused;
        return std::this_thread::yield();
      }
      note(most, ++inside);
      {
        Breaker::Waiting place(&admission.ticket, random.below(2) == 0);
        if (place) {
          note(most_waiting, ++waiting);
          --waiting;
        }
      }
      if (random.below(8) != 0) admission.ticket.observe(well, Clock::now());  // or its client left
      --inside;
    });
    for (int round = 0; round < 3; ++round) {
      auto phase = [&] {
        breaker.judge(&rules, Clock::now());
        return breaker.status(rules, Clock::now()).phase;
      };
      well = false;
      EXPECT_TRUE(crew.until([&] { return phase() != Breaker::Phase::closed; }));
      ++opened;
      well = true;
      EXPECT_TRUE(crew.until([&] { return phase() == Breaker::Phase::closed; }));
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(opened, 3u);
  auto status = breaker.status(rules, Clock::now());
  EXPECT_EQ(status.in_flight, 0u);
  EXPECT_EQ(status.pending, 0u);
}

TEST_F(ResilienceThreads, NoMoreAreEjectedThanMayBeAndAllComeBack) {
  auto pool = members(5);
  config::Outlier rules;
  rules.max_ejected = Percent{0.4};
  rules.eject = 5ms;
  rules.max_eject = 10ms;
  rules.min_requests = 20;
  Outliers outliers("users", metrics);
  std::atomic<int> bad = 0;  // which of them; -1: none
  auto ejected = [&] { return std::ranges::count_if(pool, [](auto& m) { return m.endpoint->ejected(); }); };
  {
    Crew crew([&](unsigned worker, Random& random) {
      auto i = static_cast<int>(random.below(pool.size()));
      auto& endpoint = *pool[static_cast<std::size_t>(i)].endpoint;
      auto ill = bad.load();
      bool well = !(i == ill || (ill >= 0 && random.below(3) == 0));
      if (Outliers::observe(endpoint, worker, well, rules))
        outliers.bad_row(endpoint, pool, rules, Clock::now());
    });
    auto judge = [&] {
      outliers.judge(pool, &rules, Clock::now());
      for (auto& m : pool)
        if (m.endpoint->ejected()) (void)outliers.look(*m.endpoint, Clock::now());
      EXPECT_LE(ejected(), 2);
    };
    for (int ill = 0; ill < 5; ++ill) {
      bad = ill;
      auto& endpoint = *pool[static_cast<std::size_t>(ill)].endpoint;
      EXPECT_TRUE(crew.until([&] { return judge(), endpoint.ejected(); })) << ill;
    }
    bad = -1;
    EXPECT_TRUE(crew.until([&] { return judge(), ejected() == 0; }));
  }
  outliers.judge(pool, nullptr, Clock::now());
  EXPECT_EQ(ejected(), 0);
}

TEST_F(ResilienceThreads, ABudgetIsNeverPassed) {
  RetryBudget budget(workers);
  std::atomic<unsigned> requests = 0, taken = 0;
  TimePoint now{1h};  // one second for all
  {
    Crew crew([&](unsigned worker, Random& random) {
      if (requests > 20'000) return std::this_thread::yield();
      budget.count_request(worker, now);
      ++requests;
      if (random.below(2) == 0 && budget.take({0.2, 3}, now)) ++taken;
    });
    EXPECT_TRUE(crew.until([&] { return requests > 20'000; }));
  }
  EXPECT_LE(taken, requests / 5 + 3);
  EXPECT_GT(taken, requests / 10);
}

TEST_F(ResilienceThreads, WhoWasNotReachedIsKnownToAllAtOnce) {
  auto endpoint = at(1);
  std::atomic<bool> reachable = false;
  {
    Crew crew([&](unsigned, Random&) {
      if (reachable)
        endpoint->reached();
      else
        endpoint->unreached(Clock::now());
    });
    EXPECT_TRUE(crew.until([&] { return endpoint->avoided(Clock::now()); }));
    reachable = true;
    EXPECT_TRUE(crew.until([&] { return !endpoint->avoided(Clock::now()); }));
  }
}
