// An immutable value that is replaced now and then by one thread and read for each request by all workers: a
// set of keys, a table that a file is read into.
//
//   Published<KeySet> keys(workers);
//   keys.set(std::make_shared<const KeySet>(...));             // any thread
//   if (auto* now = keys.get(x.worker)) verify(*now, token);   // the worker's own copy of the pointer
//
// A read is one load that nobody writes to, and a comparison.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "sluice/worker.hpp"

namespace sluice {

template <class T>
class Published {
 public:
  explicit Published(unsigned workers) : seen_(workers) {}

  void set(std::shared_ptr<const T> value) {
    std::lock_guard lock(mutex_);
    value_.swap(value);
    version_.fetch_add(1, std::memory_order_release);
  }

  // Null before the first set(). Stays valid on this worker until its next get(): who waits in between keeps
  // hold() instead.
  const T* get(const Worker& worker) const { return current(worker).get(); }
  std::shared_ptr<const T> hold(const Worker& worker) const { return current(worker); }

  // Changes with each set().
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

  // For threads that are no workers.
  std::shared_ptr<const T> latest() const {
    std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  struct Seen {
    std::uint64_t version = 0;
    std::shared_ptr<const T> value;
  };

  const std::shared_ptr<const T>& current(const Worker& worker) const {
    auto& seen = seen_.at(worker);
    if (seen.version != version()) [[unlikely]]
      renew(seen);
    return seen.value;
  }
  void renew(Seen& seen) const {
    std::lock_guard lock(mutex_);
    seen.value = value_;
    seen.version = version_.load(std::memory_order_relaxed);
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
  mutable WorkerLocal<Seen> seen_;
};

}  // namespace sluice
