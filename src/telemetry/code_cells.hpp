// A worker's counts by status code. Few codes ever occur in one place, so they stand in short blocks that are
// searched from the front; a block is made when its predecessor is full, and stays.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "sluice/metrics.hpp"

namespace sluice::telemetry {

class CodeCells {
 public:
  static constexpr std::uint16_t nothing = 0;  // no answer came
  static constexpr std::uint16_t strange = 1;  // outside 100 to 599

  CodeCells() = default;
  CodeCells(const CodeCells&) = delete;
  ~CodeCells();

  // The owner's.
  void add(std::uint16_t status) {
    auto code = fold(status);
    for (auto* block = &first_;;) {
      for (std::size_t i = 0; i < Block::size; ++i) {
        auto tag = block->tags[i].load(std::memory_order_relaxed);
        if (tag == tag_of(code)) return block->counts[i].add();
        if (tag == 0) return block->claim(i, tag_of(code));
      }
      auto* next = block->next.load(std::memory_order_relaxed);
      block = next != nullptr ? next : block->extend();
    }
  }

  // Anybody's: take(code, count) for each code that occurred.
  template <class Take>
  void each(Take take) const {
    for (auto* block = &first_; block != nullptr; block = block->next.load(std::memory_order_acquire))
      for (std::size_t i = 0; i < Block::size; ++i)
        if (auto tag = block->tags[i].load(std::memory_order_acquire))
          take(static_cast<std::uint16_t>(tag - 1), block->counts[i].value());
  }

 private:
  struct Block {
    static constexpr std::size_t size = 4;
    std::array<std::atomic<std::uint16_t>, size> tags{};  // code + 1, 0 where there is none
    std::array<Cell, size> counts;
    std::atomic<Block*> next{nullptr};

    void claim(std::size_t i, std::uint16_t tag) noexcept {
      counts[i].add();
      tags[i].store(tag, std::memory_order_release);
    }
    Block* extend();
  };

  static constexpr std::uint16_t tag_of(std::uint16_t code) noexcept { return code + 1; }
  static constexpr std::uint16_t fold(std::uint16_t status) noexcept {
    bool known = status == nothing || (status >= 100 && status < 600);
    return known ? status : strange;
  }

  Block first_;
};

}  // namespace sluice::telemetry
