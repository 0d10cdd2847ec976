// A call of any script that Redis may or may not know.
//
//   auto calling = call_script(client, script, {"1", key, argument});
//   Result<RedisReply> reply = co_await calling;
//
// One round trip, or two when Redis has lost the script; within one time-out. What the script says in its own
// error is an error as well.
#pragma once
#include <vector>

#include "net/redis/client.hpp"
#include "net/redis/script.hpp"

namespace sluice::net {

// `words`: the number of keys, the keys, the arguments. They live as long as the task.
Task<Result<RedisReply>> call_script(RedisClient& client, const RedisScript& script,
                                     std::vector<std::string_view> words);

}  // namespace sluice::net
