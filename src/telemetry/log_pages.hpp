// The way of a worker's lines to the thread that writes them: pages in a ring, filled by one thread, emptied
// by another, without a lock.
//
//   if (char* at = pages.reserve(bound)) pages.commit(format(at));       // worker
//   pages.drain([](std::string_view lines) { return put(lines); });      // writer
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace sluice::telemetry {

class LogPages {
 public:
  static constexpr std::size_t page_size = 64 * 1024;

  explicit LogPages(std::size_t pages)
      : count_(pages < 2 ? 2 : pages), pages_(std::make_unique_for_overwrite<Page[]>(count_)) {}

  // Worker. Room for `size` bytes, at most page_size, or null when the writer has not emptied the next page
  // yet.
  char* reserve(std::size_t size) noexcept {
    if (used_ + size > page_size && !turn()) return nullptr;
    return page(filling_).bytes + used_;
  }
  // Worker. What was written up to `end` may be read.
  void commit(const char* end) noexcept {
    auto& at = page(filling_);
    used_ = static_cast<std::uint32_t>(end - at.bytes);
    at.committed.store(used_, std::memory_order_release);
  }
  // Worker. Whether a page was finished since the last call, so that it is worth waking the writer.
  bool take_turned() noexcept { return std::exchange(turned_, false); }

  // Writer. Gives `put` what is committed, whole lines, until nothing is left (true) or `put` returns false.
  // What was given is never given again.
  template <class Put>
  bool drain(Put put) {
    for (;;) {
      auto emptying = emptied_.load(std::memory_order_relaxed);
      bool finished = emptying != published_.load(std::memory_order_acquire);
      auto& at = page(emptying);
      auto end = at.committed.load(std::memory_order_acquire);
      auto begin = std::exchange(done_, end);
      if (begin != end && !put(std::string_view(at.bytes + begin, end - begin))) return false;
      if (!finished) return true;
      done_ = 0;
      emptied_.store(emptying + 1, std::memory_order_release);
    }
  }

 private:
  struct Page {
    std::atomic<std::uint32_t> committed{0};
    char bytes[page_size];
  };

  Page& page(std::uint64_t number) noexcept { return pages_[number % count_]; }

  bool turn() noexcept {
    if (filling_ + 1 - emptied_.load(std::memory_order_acquire) == count_) return false;
    ++filling_;
    used_ = 0;
    page(filling_).committed.store(0, std::memory_order_relaxed);
    published_.store(filling_, std::memory_order_release);
    return turned_ = true;
  }

  std::size_t count_;
  std::unique_ptr<Page[]> pages_;
  std::uint64_t filling_ = 0;  // pages are numbered from the beginning of time
  std::uint32_t used_ = 0;
  bool turned_ = false;
  std::uint32_t done_ = 0;  // the writer's, of the page that it empties
  alignas(64) std::atomic<std::uint64_t> published_{0};
  alignas(64) std::atomic<std::uint64_t> emptied_{0};
};

}  // namespace sluice::telemetry
