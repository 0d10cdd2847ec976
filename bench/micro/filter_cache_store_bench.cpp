// A hit in the cache's memory with a thousand and a million responses, on one thread and on four, on keys
// alone and on a variant; what storing costs, with the room for it and without; reading a body.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/frame_pool.hpp"
#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "filters/cache/cache_store.hpp"
#include "filters/cache/vary.hpp"
#include "sluice/run_queue.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::cache {
namespace {

struct Thread {
  base::FramePool frames;
  base::FramePool::Here frames_here{frames};
  RunQueue queue;
  RunQueue::Here queue_here{queue};
  TimerWheel timers{TimePoint(std::chrono::hours(1))};
  Mailbox mailbox;
  Scope background;
  Worker worker{0, timers, mailbox, background};
};

// Responses of 1 KiB with eight fields.
class Table {
 public:
  Table(std::size_t count, std::uint64_t size, bool varies) : store_(make(size)) {
    request_.add("Accept-Encoding", "gzip, br");
    for (auto& [name, value] :
         {std::pair("Content-Type", "application/json"), std::pair("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
          std::pair("ETag", "\"33a64df551425fcc55e4d42a148795d9\""), std::pair("Cache-Control", "max-age=60"),
          std::pair("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"), std::pair("Server", "origin"),
          std::pair("X-Cost", "1")})
      head_.add(name, value);
    if (varies) head_.add("Vary", "Accept-Encoding");
    for (std::size_t i = 0; i < count; ++i) {
      keys_.push_back("https://api.example.com/v1/items/" +
                      std::to_string(i * 2'654'435'761u % 4'294'967'291u));
      put(keys_.back());
    }
  }

  bool put(const std::string& url) {
    CacheKey key{url, url.size()};
    auto lead = store_->try_lead(key, request_);
    auto variant = variant_of(read_vary(200, head_), request_);
    StoredHead head{200, head_, body_.size(), variant, {}, {}, {}};
    BodyPtr body = std::make_unique<MemoryBody>(body_);
    SnapshotPin pin;
    bool stored = lead.fill(thread_.worker, head, body, pin) != nullptr;
    thread_.queue.run();
    return stored;
  }
  StoredPtr find(std::size_t i) const {
    auto& url = keys_[i % keys_.size()];
    return store_->find({url, url.size()}, request_);
  }
  Worker& worker() noexcept { return thread_.worker; }
  std::size_t size() const noexcept { return keys_.size(); }
  double bytes_each() const { return static_cast<double>(store_->bytes()) / static_cast<double>(size()); }

 private:
  std::shared_ptr<CacheStore> make(std::uint64_t size) {
    return std::make_shared<CacheStore>(CacheMemory{.size = {size}}, 1, metrics_);
  }

  telemetry::Metrics metrics_{1};
  Thread thread_;
  Arena arena_;
  Fields request_{arena_}, head_{arena_};
  std::string body_ = std::string(1024, 'x');
  std::vector<std::string> keys_;
  std::shared_ptr<CacheStore> store_;
};

std::unique_ptr<Table> table;

void prepare(const benchmark::State& state) {
  table = std::make_unique<Table>(static_cast<std::size_t>(state.range(0)), std::uint64_t{4} << 30,
                                  state.range(1) != 0);
}
void clear(const benchmark::State&) {
  table.reset();
}

void hits(benchmark::State& state) {
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 7919;
  for (auto _ : state) {
    at += 104'729;
    auto stored = table->find(at);
    benchmark::DoNotOptimize(stored);
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) state.counters["bytes_each"] = table->bytes_each();
}
BENCHMARK(hits)
    ->Name("cache_store_hits")
    ->ArgNames({"entries", "varies"})
    ->Args({1'000, 0})
    ->Args({1'000'000, 0})
    ->Args({1'000, 1})
    ->Setup(prepare)
    ->Teardown(clear);
BENCHMARK(hits)
    ->Name("cache_store_hits")
    ->ArgNames({"entries", "varies"})
    ->Args({1, 0})
    ->Args({1'000, 0})
    ->Setup(prepare)
    ->Teardown(clear)
    ->Threads(4)
    ->UseRealTime();

// What a hit costs with its body in hand.
void reads(benchmark::State& state) {
  Table one(1, 64 << 20, false);
  for (auto _ : state) {
    auto stored = one.find(0);
    auto body = stored->reader(one.worker());
    auto chunk = body->read(64 * 1024);
    benchmark::DoNotOptimize(chunk.value()->bytes.data());
  }
}
BENCHMARK(reads)->Name("cache_store_hit_and_read");

// New responses all the time: each makes room for itself.
void scan(benchmark::State& state) {
  Table full(0, static_cast<std::uint64_t>(state.range(0)) << 20, false);
  std::size_t n = 0;
  for (auto _ : state) full.put("https://api.example.com/scan/" + std::to_string(n++));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(scan)->Name("cache_store_scan")->ArgName("MiB")->Arg(16)->Arg(1024);

}  // namespace
}  // namespace sluice::filters::cache
