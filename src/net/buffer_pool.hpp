// Blocks of bytes that connections borrow while they have something to say, and give back when idle. One pool
// for each worker; blocks of one size.
#pragma once
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace sluice::net {

class BufferPool {
 public:
  explicit BufferPool(std::size_t block_size) : block_size_(block_size) {}
  BufferPool(const BufferPool&) = delete;

  // An owned block; returns to its pool when it dies.
  class Block {
   public:
    Block() = default;
    Block(Block&& o) noexcept : pool_(std::exchange(o.pool_, nullptr)), bytes_(std::move(o.bytes_)) {}
    Block& operator=(Block&& o) noexcept {
      std::swap(pool_, o.pool_);
      std::swap(bytes_, o.bytes_);
      return *this;
    }
    ~Block() { reset(); }

    void reset() noexcept {
      if (bytes_) pool_->give_back(std::move(bytes_));
    }
    explicit operator bool() const noexcept { return static_cast<bool>(bytes_); }
    char* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return bytes_ ? pool_->block_size_ : 0; }

   private:
    friend class BufferPool;
    Block(BufferPool& pool, std::unique_ptr<char[]> bytes) noexcept
        : pool_(&pool), bytes_(std::move(bytes)) {}
    BufferPool* pool_ = nullptr;
    std::unique_ptr<char[]> bytes_;
  };

  Block take() {
    if (free_.empty()) return Block(*this, std::unique_ptr<char[]>(new char[block_size_]));
    auto bytes = std::move(free_.back());
    free_.pop_back();
    return Block(*this, std::move(bytes));
  }
  std::size_t block_size() const noexcept { return block_size_; }

 private:
  static constexpr std::size_t kept = 64 * 1024 * 1024;  // bytes; a burst's memory goes back to the system

  void give_back(std::unique_ptr<char[]> bytes) noexcept {
    if (free_.size() * block_size_ < kept) free_.push_back(std::move(bytes));
  }

  std::size_t block_size_;
  std::vector<std::unique_ptr<char[]>> free_;
};

}  // namespace sluice::net
