// Which entry goes when there is no room: S3-FIFO (Yang et al., SOSP 2023), by bytes. What is new stands in a
// small queue, a tenth of all; what was asked for again while it stood there goes over to the main queue, the
// rest leaves and only its hash is remembered. Who comes back while it is remembered goes to the main queue
// at once. So a scan of what nobody asks for twice passes through the small queue and flushes nothing.
//
//   queue.add(node);
//   node.touch();                                           // at each use; any thread, no lock
//   while (auto* victim = queue.evict(is_pinned, steps)) ...
//
// Not thread-safe but for touch().
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "sluice/link.hpp"

namespace sluice::filters::cache {

// Hashes of what left the small queue, the last of them; four to a set, the oldest gives way.
class Ghosts {
 public:
  explicit Ghosts(std::size_t most);
  void remember(std::uint64_t hash) noexcept;
  // Whether it was remembered, and not more than `window` others after it. It is not any more.
  bool recall(std::uint64_t hash, std::uint64_t window) noexcept;
  static std::size_t bytes(std::size_t most) noexcept;

 private:
  struct Ghost {
    std::uint32_t print = 0;
    std::uint32_t at = 0;  // 0: empty
  };
  static constexpr std::size_t ways = 4;

  Ghost* set_of(std::uint64_t hash) noexcept { return &ghosts_[(hash & mask_) * ways]; }
  static std::uint32_t print_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32);
  }

  std::size_t mask_;
  std::unique_ptr<Ghost[]> ghosts_;
  std::uint32_t now_ = 0;
};

class S3Fifo {
 public:
  enum class Queue : std::uint8_t { none, small, main };

  struct Node : Link {
    std::uint64_t hash = 0;
    std::uint64_t weight = 0;  // in bytes, while it is in a queue
    Queue queue = Queue::none;
    std::atomic<std::uint8_t> uses{0};

    void touch() noexcept {
      if (auto n = uses.load(std::memory_order_relaxed); n < most_uses)
        uses.store(n + 1, std::memory_order_relaxed);
    }
  };

  explicit S3Fifo(std::size_t ghosts) : ghosts_(ghosts) {}

  void add(Node& node, std::uint64_t bytes) noexcept;
  void remove(Node& node) noexcept;
  // Another one takes its place: what is in use stays so.
  void remember_place(const Node& node) noexcept {
    if (node.queue == Queue::main || node.uses.load(std::memory_order_relaxed) >= uses_to_stay)
      ghosts_.remember(node.hash);
  }

  // Takes the next victim out of its queue. A pinned one is not worth it and goes round once more. Null: none
  // was found in so many steps; what was looked at is taken off them.
  template <class Pinned>
  Node* evict(Pinned pinned, int& steps) noexcept {
    while (steps-- > 0 && count() > 0)
      if (auto* victim = next_is_small() ? leave_small(pinned) : leave_main(pinned)) return victim;
    return nullptr;
  }

  std::uint64_t bytes() const noexcept { return small_.bytes + main_.bytes; }
  std::uint64_t count() const noexcept { return small_.count + main_.count; }

 private:
  static constexpr std::uint8_t most_uses = 3;
  static constexpr std::uint8_t uses_to_stay = 2;
  static constexpr std::uint64_t small_share = 10;  // a tenth

  struct Fifo {
    Link ring;  // the oldest first
    std::uint64_t bytes = 0;
    std::uint64_t count = 0;
    Node& oldest() noexcept { return static_cast<Node&>(*ring.next()); }
  };

  bool next_is_small() const noexcept {
    return main_.count == 0 || (small_.count > 0 && small_.bytes * small_share > bytes());
  }
  template <class Pinned>
  Node* leave_small(Pinned pinned) noexcept {
    auto& node = small_.oldest();
    remove(node);
    if (pinned(node)) return push(small_, Queue::small, node), nullptr;
    if (node.uses.load(std::memory_order_relaxed) >= uses_to_stay) {
      node.uses.store(0, std::memory_order_relaxed);
      return push(main_, Queue::main, node), nullptr;
    }
    ghosts_.remember(node.hash);
    return &node;
  }
  template <class Pinned>
  Node* leave_main(Pinned pinned) noexcept {
    auto& node = main_.oldest();
    remove(node);
    auto uses = node.uses.load(std::memory_order_relaxed);
    if (uses == 0 && !pinned(node)) return &node;
    if (uses > 0) node.uses.store(uses - 1, std::memory_order_relaxed);
    return push(main_, Queue::main, node), nullptr;
  }
  static void push(Fifo& fifo, Queue queue, Node& node) noexcept;

  Fifo small_, main_;
  Ghosts ghosts_;
};

}  // namespace sluice::filters::cache
