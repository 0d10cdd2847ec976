// A body is pulled: reading is what lets more arrive, so backpressure needs no word of its own. Destroying a
// source means that nobody wants the rest.
//
//   for (bool end = false; !end;) {
//     auto reading = body.read(64 * 1024);
//     auto chunk = co_await reading;
//     if (!chunk) co_return chunk.error();       // broke off: Error says which side and why
//     use(chunk->bytes);
//     end = chunk->end;
//   }
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sluice/eventual.hpp"
#include "sluice/result.hpp"
#include "sluice/task.hpp"

namespace sluice {

class Fields;

inline constexpr std::uint64_t unknown_length = ~std::uint64_t{0};

// Valid until the next read() of its source, or the source's death. May be empty at the end.
struct Chunk {
  std::span<const char> bytes;
  bool end = false;
  const Fields* trailers = nullptr;  // only with `end`
};

class BodySource : public Recycled {
 public:
  virtual ~BodySource() = default;

  // Up to `max` bytes, at least one unless it is the end. Not called again after the end or an error, nor
  // while a read is pending.
  virtual Eventual<Result<Chunk>> read(std::size_t max) = 0;

  // True: the next read starts over. Only what is kept whole can do that; retries ask nothing else.
  virtual bool rewind() noexcept { return false; }
};

using BodyPtr = std::unique_ptr<BodySource>;

// A body that is there already.
class MemoryBody final : public BodySource {
 public:
  explicit MemoryBody(std::string data) noexcept : data_(std::move(data)) {}

  std::span<const char> bytes() const noexcept { return data_; }
  Eventual<Result<Chunk>> read(std::size_t max) override {
    auto n = std::min(max, data_.size() - read_);
    Chunk chunk{{data_.data() + read_, n}, read_ + n == data_.size(), nullptr};
    read_ += n;
    return Result<Chunk>(chunk);
  }
  bool rewind() noexcept override {
    read_ = 0;
    return true;
  }

 private:
  std::string data_;
  std::size_t read_ = 0;
};

}  // namespace sluice
