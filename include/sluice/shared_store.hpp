// Bytes that the replicas of a gateway share: kept under a key for a time, claimed by one of them while it
// makes them, and a log of notices that each of them reads.
//
//   auto asking = store.get_or_claim(x.worker, key, owner, 2s);
//   Result<SharedFinding> found = co_await asking;                  // within the store's own time-out
//   if (!found) ...                                                 // go on without
//   else if (found->value) use(found->value->bytes);
//   else if (found->claim == SharedFinding::Claim::mine) ...        // make it, put() it, release() it
//
// Called by workers, each for itself. Whatever the store does, nobody waits for it longer than its time-out,
// and where it is known not to answer nobody waits at all. The error: it does not answer, or not in time;
// whether it did what was asked is then unknown. Views live as long as the task; cancelling is destroying it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/clock.hpp"
#include "sluice/result.hpp"
#include "sluice/task.hpp"
#include "sluice/worker.hpp"

namespace sluice {

// Bytes without a copy of them: valid as long as their owner.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

struct SharedFinding {
  // Who makes a value that is not there.
  enum class Claim : std::uint8_t { nobody, mine, another };

  std::optional<SharedBytes> value;
  Claim claim = Claim::nobody;
};

// A place in the log of notices. Places are the microseconds of the store's clock, each later than the one
// before; they mean something only in the same log.
struct NoticePlace {
  std::string log;  // drawn at random when the log began; empty: nothing was read yet
  std::uint64_t at = 0;

  bool operator==(const NoticePlace&) const = default;
};

struct Notice {
  std::uint64_t at = 0;
  std::string text;
};

struct NoticePage {
  NoticePlace place;            // behind the last notice of this page
  std::uint64_t horizon = 0;    // notices up to here are no longer kept
  bool complete = false;        // nothing was written after `place`
  std::vector<Notice> notices;  // in their order
};

class SharedStore {
 public:
  SharedStore() = default;
  SharedStore(const SharedStore&) = delete;
  virtual ~SharedStore() = default;

  // What is longer is not kept: put() says Error::too_large.
  virtual std::size_t max_value() const noexcept = 0;
  // How long what the others may have announced meanwhile need not be known.
  virtual Duration cut_off() const noexcept = 0;

  // The value, or else whether somebody has claimed it. A value that is not what was put there under this
  // very key is Error::malformed, where values are sealed.
  virtual Task<Result<SharedFinding>> get(Worker& worker, std::string_view key) = 0;
  // The same, and claims for `owner` (drawn at random by the caller) what is neither there nor claimed. A
  // claim ends by itself after `at_most`.
  virtual Task<Result<SharedFinding>> get_or_claim(Worker& worker, std::string_view key,
                                                   std::string_view owner, Duration at_most) = 0;
  // Ends a claim, if it is still this owner's. Nobody waits for it.
  virtual void release(Worker& worker, std::string_view key, std::string_view owner) = 0;

  virtual Task<Result<Unit>> put(Worker& worker, std::string_view key, std::string_view value,
                                 Duration time_to_live) = 0;
  virtual Task<Result<Unit>> remove(Worker& worker, std::string_view key) = 0;

  // What was written after `from`, the oldest first, a page at a time. Where the log is another one, or
  // `from` lies before the horizon, something may be missing: the caller compares both.
  virtual Task<Result<NoticePage>> notices(Worker& worker, const NoticePlace& from) = 0;
  // Writes a notice; one with the same text is moved, not repeated. Its place is given.
  virtual Task<Result<NoticePlace>> announce(Worker& worker, std::string_view text) = 0;
};

}  // namespace sluice
