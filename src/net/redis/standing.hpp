// How a worker's connection to Redis stands; written by the worker, read by any thread.
#pragma once
#include <atomic>
#include <cstdint>

namespace sluice::net {

enum class RedisState : std::uint8_t {
  connecting,  // for the first time, or again after a connection that was good: commands wait for it
  ready,
  suspended,  // connected, but not answering in time: not asked
  down        // the last try to connect failed: not asked
};

class RedisStanding {
 public:
  RedisState state() const noexcept { return state_.load(std::memory_order_relaxed); }
  // Why it is suspended or down: a cause as errors have it. Empty: it is neither.
  const char* trouble() const noexcept { return trouble_.load(std::memory_order_relaxed); }
  void set(RedisState state, const char* trouble) noexcept {
    state_.store(state, std::memory_order_relaxed);
    trouble_.store(trouble, std::memory_order_relaxed);
  }

 private:
  std::atomic<RedisState> state_{RedisState::connecting};
  std::atomic<const char*> trouble_{""};
};

}  // namespace sluice::net
