// Who is in and who waits, by key: one count for the process, one line for each key, first come first served
// whatever worker they are on.
//
//   auto entry = gates->enter(key, place);           // place: whom to wake, if it has to wait
//   if (entry.how == Gates::How::waits) ...          // the desk answers; then it is in
//   gates->leave(key, sample);                       // exactly once for each that was in
//   gates->give_up(key, entry.number);               // who waited and went: also when the answer was under
//   way
//
// A place that becomes free is handed to the first in line before anybody else sees it. The one who is woken
// is on another worker perhaps, so it is told by mail; whoever has gone by then has given the place on.
#pragma once
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/desk.hpp"
#include "base/keyed_hash.hpp"
#include "base/mailbox.hpp"
#include "filters/concurrency/gradient.hpp"
#include "filters/concurrency/settings.hpp"
#include "sluice/metrics.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::concurrency {

class Gates : public std::enable_shared_from_this<Gates> {
 public:
  using Desk = base::Desk<Unit>;
  enum class How : std::uint8_t { in, waits, full };

  struct Place {
    unsigned worker;
    Mailbox* mailbox;
    Desk::Ticket ticket;
  };
  struct Entry {
    How how;
    std::uint64_t number = 0;  // of who waits
  };
  // How one that was in fared; none: nothing is to be learned from it.
  struct Sample {
    Duration took;
    bool failed;
  };

  // `limit`: what adaptive limits are, all keys together.
  Gates(unsigned workers, Gauge limit);
  ~Gates();

  // The settings of whoever serves a request; of two the later made. One that was never in force is not
  // heard.
  void follow(std::uint64_t generation, const Settings& settings) {
    if (generation > followed_.load(std::memory_order_acquire)) [[unlikely]]
      configure(generation, settings);
  }

  // In, or not: nobody waits who is not asked to.
  How try_enter(std::uint64_t key);
  Entry enter(std::uint64_t key, const Place& place);
  void leave(std::uint64_t key, TimePoint now, std::optional<Sample> sample = {});
  void give_up(std::uint64_t key, std::uint64_t number, TimePoint now);

  // Of a text that a client may have chosen.
  std::uint64_t key(std::string_view name, std::string_view value) const noexcept {
    return base::KeyedHash<>(seed_).add(name).add(value).finish();
  }

  // Where the waiting of a worker sit.
  Desk& desk_of(unsigned worker) noexcept { return *desks_[worker]; }
  unsigned in_flight(std::uint64_t key);
  unsigned waiting(std::uint64_t key);
  unsigned limit(std::uint64_t key);

 private:
  struct Gate {
    unsigned in = 0;
    std::map<std::uint64_t, Place> line;
    std::optional<Gradient> gradient;
  };
  using Table = std::unordered_map<std::uint64_t, Gate>;
  struct Shard {
    std::mutex mutex;
    Table gates;
    std::vector<Table::node_type> spare;  // of gates that were closed: an open one then costs no allocation
  };
  using Woken = std::vector<Place>;

  void configure(std::uint64_t generation, const Settings& settings);
  Shard& shard(std::uint64_t key) noexcept { return shards_[key % shards_.size()]; }
  Gate& open(Shard& shard, std::uint64_t key);
  void close_unused(Shard& shard, std::uint64_t key);
  unsigned limit_of(const Gate& gate) const noexcept;
  bool has_room(const Gate& gate) const noexcept { return gate.line.empty() && gate.in < limit_of(gate); }
  void learn(Gate& gate, const Sample& sample, TimePoint now);
  void show(std::int64_t change) noexcept;
  Woken admit(Gate& gate);
  void wake(const Woken& woken);

  const base::HashSeed seed_;
  std::mutex configuring_;
  std::atomic<std::uint64_t> followed_{0};
  std::atomic<unsigned> max_{1}, min_{1}, queue_{0};
  std::atomic<bool> adaptive_{false};
  std::atomic<std::uint64_t> next_{1};
  std::array<Shard, 16> shards_;
  std::vector<std::unique_ptr<Desk>> desks_;
  const Gauge limit_;
  std::atomic<std::int64_t> shown_{0};
};

}  // namespace sluice::filters::concurrency
