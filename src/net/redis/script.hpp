// A Lua script, known to Redis by its digest.
//
//   static const RedisScript take(text);
//   ask({"EVALSHA", take.digest, ...});       // NOSCRIPT: ask({"EVAL", take.text, ...}), which teaches it
#pragma once
#include <string>
#include <string_view>

namespace sluice::net {

struct RedisScript {
  explicit RedisScript(std::string_view lua);

  std::string_view text;  // a literal
  std::string digest;     // SHA-1 in hexadecimal
};

// Decides over the buckets of one key: all limits or none.
//
//   KEYS  the bucket of each limit: "whole part at", tokens, the 1/per of the next one, microseconds
//   ARGV  mode: take | peek | give; time in microseconds, empty: Redis' own (else nothing expires); cost;
//   extra;
//         for each limit: count, per in microseconds, burst
//   ->    allowed (1 or 0), how many of `extra` were taken as well, then whole and part of each bucket
//
// The arithmetic is that of base/token_bucket.hpp, exact although Lua has doubles. `take` takes the cost from
// all buckets or nothing, and of what is left then up to `extra`, but at most half. `give` puts `cost` tokens
// back into buckets that are not full. A bucket that is full is not kept: its key expires when it would be.
const RedisScript& bucket_script();

}  // namespace sluice::net
