#include "filters/cache/s3_fifo.hpp"

#include <cmath>
#include <list>
#include <random>
#include <unordered_map>
#include <vector>

namespace sluice::filters::cache {
namespace {

constexpr auto is_free = [](S3Fifo::Node&) { return false; };

struct Entry : S3Fifo::Node {
  explicit Entry(std::uint64_t h) { hash = h; }
};

struct Queue : S3Fifo {
  Queue() : S3Fifo(1024) {}
  Node* next() {
    int steps = 1000;
    return evict(is_free, steps);
  }
};

TEST(S3Fifo, WhatWasNeverAskedForAgainLeavesFirst) {
  Queue queue;
  Entry once(1), often(2), later(3);
  for (auto* e : {&often, &once, &later}) queue.add(*e, 100);
  often.touch();
  often.touch();
  EXPECT_EQ(queue.next(), &once);
  EXPECT_EQ(queue.next(), &later);
  EXPECT_EQ(queue.next(), &often);
  EXPECT_EQ(queue.next(), nullptr);
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(S3Fifo, WhatComesBackGoesToTheMainQueue) {
  Queue queue;
  Entry a(1), b(2);
  queue.add(a, 100);
  EXPECT_EQ(a.queue, S3Fifo::Queue::small);
  EXPECT_EQ(queue.next(), &a);
  queue.add(b, 100);
  queue.add(a, 100);
  EXPECT_EQ(a.queue, S3Fifo::Queue::main);
  EXPECT_EQ(b.queue, S3Fifo::Queue::small);
}

TEST(S3Fifo, CountsBytes) {
  Queue queue;
  Entry a(1), b(2);
  queue.add(a, 100);
  queue.add(b, 1000);
  EXPECT_EQ(queue.bytes(), 1100u);
  EXPECT_EQ(queue.count(), 2u);
  queue.remove(a);
  EXPECT_EQ(queue.bytes(), 1000u);
}

TEST(S3Fifo, PassesOverWhatIsPinned) {
  Queue queue;
  Entry a(1), b(2);
  queue.add(a, 100);
  queue.add(b, 100);
  int steps = 10;
  EXPECT_EQ(queue.evict([&](S3Fifo::Node& n) { return &n == &a; }, steps), &b);
  EXPECT_EQ(queue.evict([&](S3Fifo::Node& n) { return &n == &a; }, steps), nullptr);
  EXPECT_LE(steps, 0) << "it does not look for ever";
  EXPECT_EQ(queue.count(), 1u);
}

TEST(Ghosts, RememberTheLastOnes) {
  Ghosts ghosts(64);
  ghosts.remember(7);
  EXPECT_TRUE(ghosts.recall(7, 10));
  EXPECT_FALSE(ghosts.recall(7, 10)) << "once";
  EXPECT_FALSE(ghosts.recall(8, 10));
  ghosts.remember(7);
  for (std::uint64_t i = 100; i < 120; ++i) ghosts.remember(i << 32 | i);
  EXPECT_FALSE(ghosts.recall(7, 10)) << "too long ago";
}

// ---- against plain LRU, on the same requests

class Lru {
 public:
  explicit Lru(std::size_t most) : most_(most) {}
  bool ask(std::uint64_t key) {
    auto found = places_.find(key);
    if (found != places_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    order_.push_front(key);
    places_[key] = order_.begin();
    if (order_.size() > most_) {
      places_.erase(order_.back());
      order_.pop_back();
    }
    return false;
  }

 private:
  std::size_t most_;
  std::list<std::uint64_t> order_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places_;
};

class S3 {
 public:
  explicit S3(std::size_t most) : most_(most), queue_(most) {}
  bool ask(std::uint64_t key) {
    auto& entry = entries_[key];
    if (entry) return entry->touch(), true;
    if (queue_.count() == most_) {
      int steps = 1'000'000;
      entries_.at(unhash(queue_.evict(is_free, steps)->hash)).reset();
    }
    entry = std::make_unique<Entry>(key * factor);
    queue_.add(*entry, 1);
    return false;
  }

 private:
  static constexpr std::uint64_t factor = 0x9e3779b97f4a7c15, inverse = 0xf1de83e19937733d;
  static_assert(factor * inverse == 1);
  static std::uint64_t unhash(std::uint64_t hash) { return hash * inverse; }

  std::size_t most_;
  S3Fifo queue_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Entry>> entries_;
};

// Ranks with probabilities as 1 / rank.
class Zipf {
 public:
  explicit Zipf(std::size_t count) : sums_(count) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sums_[i] = sum += 1 / static_cast<double>(i + 1);
  }
  std::uint64_t next() {
    auto at = std::uniform_real_distribution<>(0, sums_.back())(random_);
    return static_cast<std::uint64_t>(std::ranges::lower_bound(sums_, at) - sums_.begin());
  }

 private:
  std::vector<double> sums_;
  std::mt19937_64 random_{42};
};

constexpr std::size_t room = 2'000;
constexpr std::size_t popular = 20'000;

// The share of the popular requests that were hits, with a scan of so many one-hit wonders between two of
// them.
template <class Cache>
double hit_ratio(int scanned) {
  Cache cache(room);
  Zipf zipf(popular);
  std::uint64_t wonder = 1'000'000;
  int hits = 0, asked = 0;
  for (int i = 0; i < 200'000; ++i) {
    bool hit = cache.ask(zipf.next());
    if (i >= 50'000) {
      hits += hit;
      ++asked;
    }
    for (int n = 0; n < scanned; ++n) cache.ask(++wonder);
  }
  return static_cast<double>(hits) / asked;
}

TEST(S3Fifo, HitsMoreThanLruOnSkewedRequests) {
  auto lru = hit_ratio<Lru>(0), s3 = hit_ratio<S3>(0);
  RecordProperty("lru", std::to_string(lru));
  RecordProperty("s3_fifo", std::to_string(s3));
  EXPECT_GT(s3, lru + 0.02);
}

TEST(S3Fifo, AScanDoesNotFlushWhatIsUsed) {
  auto lru = hit_ratio<Lru>(4), s3 = hit_ratio<S3>(4), undisturbed = hit_ratio<S3>(0);
  RecordProperty("lru", std::to_string(lru));
  RecordProperty("s3_fifo", std::to_string(s3));
  EXPECT_GT(s3, lru + 0.1);
  EXPECT_GT(s3, undisturbed - 0.1);
}

}  // namespace
}  // namespace sluice::filters::cache
