// Names and their ids: made under a lock when a snapshot is built, read without one when somebody scrapes.
// Entry 0 is for whatever has no name of its own.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "telemetry/chunked.hpp"

namespace sluice::telemetry {

template <class Id, class Entry>
class Table {
 public:
  Table() { entries_.at(0); }

  // The id of a key; fill(entry) is called when it is new. Any thread.
  template <class Fill>
  Id id(std::string_view key, Fill fill) {
    std::lock_guard lock(mutex_);
    auto size = size_.load(std::memory_order_relaxed);
    if (auto known = ids_.find(std::string(key)); known != ids_.end()) return known->second;
    if (size == Entries::capacity) return Id::none;
    fill(entries_.at(size));
    ids_.emplace(key, static_cast<Id>(size));
    size_.store(size + 1, std::memory_order_release);
    return static_cast<Id>(size);
  }

  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  const Entry& operator[](Id id) const noexcept { return *entries_.find(static_cast<std::size_t>(id)); }
  Entry& operator[](Id id) noexcept { return *entries_.find(static_cast<std::size_t>(id)); }

 private:
  using Entries = Chunked<Entry>;
  std::mutex mutex_;
  std::unordered_map<std::string, Id> ids_;
  Entries entries_;
  std::atomic<std::size_t> size_{1};
};

}  // namespace sluice::telemetry
