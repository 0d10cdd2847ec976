// Weights that are replaced while others read them.
#include "proxy/weights.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "kit/loop.hpp"

using namespace sluice;
using namespace sluice::proxy;

namespace {

using Table = Weights::Table;

}  // namespace

TEST(Weights, StandAsTheFileSaysUntilTheyAreExchanged) {
  kit::Loop loop;
  Weights weights({{"b", 90}, {"a", 10}}, 1);
  EXPECT_EQ(weights.at(loop.worker), (std::vector<std::uint32_t>{10, 90})) << "in the order of the names";
  EXPECT_EQ(weights.exchange({{"a", 20}, {"b", 80}}), (Table{{"a", 10}, {"b", 90}}));
  EXPECT_EQ(weights.at(loop.worker), (std::vector<std::uint32_t>{20, 80}));
  EXPECT_EQ(weights.standing(), (Table{{"a", 20}, {"b", 80}}));
  EXPECT_EQ(weights.configured(), (Table{{"a", 10}, {"b", 90}}));
}

// Whoever reads sees all of the old ones or all of the new: their sum is always 100.
TEST(Weights, AreReplacedAsAWholeForAllWorkers) {
  constexpr unsigned workers = 3;
  Weights weights({{"a", 0}, {"b", 100}}, workers);
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < workers; ++i)
    readers.emplace_back([&, i] {
      kit::Loop loop;
      Worker worker{i, loop.timers, loop.mailbox, loop.background};
      while (!done) {
        auto& now = weights.at(worker);
        if (now[0] + now[1] != 100) ++torn;
      }
    });
  for (std::uint32_t round = 0; round < 2000; ++round) {
    auto share = round % 101;
    auto before = weights.exchange({{"a", share}, {"b", 100 - share}});
    ASSERT_EQ(before["a"] + before["b"], 100u);
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}
