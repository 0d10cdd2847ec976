// What was received on a connection and not used yet: one contiguous piece of memory, borrowed while there is
// something in it.
//
//   auto reading = stream.read(buffer.room(pool));      // room behind what is there
//   buffer.received(*n);
//   parse(buffer.bytes());  buffer.consume(head_size);
#pragma once
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "net/buffer_pool.hpp"

namespace sluice::net {

class ReceiveBuffer {
 public:
  ReceiveBuffer() = default;
  ReceiveBuffer(ReceiveBuffer&&) = default;
  ReceiveBuffer& operator=(ReceiveBuffer&&) = default;

  std::string_view bytes() const noexcept { return {data() + begin_, end_ - begin_}; }
  std::span<char> mutable_bytes() const noexcept { return {data() + begin_, end_ - begin_}; }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }

  // Free memory behind the bytes; borrowed from the pool if there is none yet. Empty: it is full.
  std::span<char> room(BufferPool& pool) {
    if (!block_ && !large_) block_ = pool.take();
    return {data() + end_, capacity() - end_};
  }
  void received(std::size_t n) noexcept { end_ += n; }
  void consume(std::size_t n) noexcept { begin_ += n; }

  // Moves the bytes to the front. True: they moved, so views into them are void.
  bool compact() noexcept {
    if (begin_ == 0) return false;
    std::memmove(data(), data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return true;
  }
  // Moves the bytes into memory of their own, of at least `capacity` bytes: a head that outgrows a block.
  void grow(std::size_t capacity) {
    auto larger = std::unique_ptr<char[]>(new char[capacity]);
    std::memcpy(larger.get(), data() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
    large_ = std::move(larger);
    large_size_ = capacity;
    block_.reset();
  }
  void assign(BufferPool& pool, std::string_view bytes) {
    auto to = room(pool);
    std::memcpy(to.data(), bytes.data(), bytes.size());
    received(bytes.size());
  }
  // Gives the memory back, whatever is in it.
  void release() noexcept {
    block_.reset();
    large_.reset();
    begin_ = end_ = 0;
  }
  std::size_t capacity() const noexcept { return large_ ? large_size_ : block_.size(); }

 private:
  char* data() const noexcept { return large_ ? large_.get() : block_.data(); }

  BufferPool::Block block_;
  std::unique_ptr<char[]> large_;
  std::size_t large_size_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sluice::net
