// One call of the bucket script, and what it says.
//
//   BucketCommand command(prefix, {BucketMode::take, policy, key, limits, cost});
//   auto running = run(client, command);
//   Result<BucketReply> said = co_await running;
//
// A bucket's key is prefix{policy:SHA-256 of the key}:place. The braces keep what one decision touches on one
// node of a cluster; neither replica nor settings are in it, so that all replicas share it and a reload
// finds it again.
#pragma once
#include <array>
#include <boost/container/static_vector.hpp>
#include <span>
#include <string>
#include <string_view>

#include "net/redis/client.hpp"
#include "sluice/store.hpp"

namespace sluice::net {

enum class BucketMode : std::uint8_t { take, peek, give };

struct BucketCall {
  BucketMode mode;
  std::string_view policy, key;
  std::span<const RateLimit> limits;
  std::uint64_t amount = 1;  // to take or give
  std::uint64_t extra = 0;   // to take besides, where there is enough
  std::string_view time;     // in microseconds; empty: the clock of Redis
};

class BucketCommand {
 public:
  BucketCommand(std::string_view prefix, const BucketCall& call);
  BucketCommand(const BucketCommand&) = delete;

  RedisArguments by_digest() noexcept;
  RedisArguments by_text() noexcept;  // Redis learns the script by it
  std::span<const RateLimit> limits() const noexcept { return limits_; }
  std::uint64_t amount() const noexcept { return amount_; }

 private:
  static constexpr std::size_t most_words = 3 + BucketAsk::max_limits + 4 + 3 * BucketAsk::max_limits;

  void add(std::string_view word);
  void add(std::uint64_t number);

  std::span<const RateLimit> limits_;
  std::uint64_t amount_;
  std::string text_;  // the words from the third on, one after the other
  boost::container::static_vector<std::uint32_t, most_words> ends_;
  boost::container::static_vector<std::string_view, most_words> words_;
};

struct BucketReply {
  Grant grant;
  std::uint64_t extra = 0;  // that was taken besides
};

// In one round trip, or two when Redis has lost the script; within one time-out.
Task<Result<BucketReply>> run(RedisClient& client, BucketCommand& command);

// Deletes the buckets of a key, whatever their limits: a bucket that is not there is full.
Task<Result<Unit>> reset_buckets(RedisClient& client, std::string prefix, std::string policy,
                                 std::string key);

}  // namespace sluice::net
