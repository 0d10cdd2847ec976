// The last purges, for answers that were asked for before one of them and arrive after it.
//
//   auto began = log.now();                     // when a request goes up
//   log.add(...);                               // a purge, before it looks at what is stored
//   log.verdict(began, answer)                  // under the lock of the answer's shard, before it is stored
//
// So an answer is either seen by the purge, in its shard, or sees the purge here.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/spin_lock.hpp"
#include "filters/cache/stored_response.hpp"

namespace sluice::filters::cache {

// Soft: what is purged is marked stale, and may still be given where a stale one may. Hard: it is gone.
enum class Purge : std::uint8_t { hard, soft };

class PurgeLog {
 public:
  enum class Kind : std::uint8_t { url, prefix, tag };
  enum class Verdict : std::uint8_t { keep, mark_stale, drop };

  PurgeLog() : entries_(kept) {}
  PurgeLog(const PurgeLog&) = delete;

  std::uint64_t now() const noexcept { return count_.load(std::memory_order_acquire); }
  void add(Kind kind, std::string_view text, Purge how);
  // Where more purges came since than are remembered, any of them may have meant it.
  Verdict verdict(std::uint64_t since, StoredResponse& answer) const noexcept;

 private:
  static constexpr std::size_t kept = 256;
  struct Entry {
    Kind kind = Kind::url;
    Purge how = Purge::hard;
    std::string text;
    bool means(StoredResponse& answer) const noexcept;
  };

  mutable base::SpinLock lock_;
  std::vector<Entry> entries_;  // a ring
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace sluice::filters::cache
