// What a connection to Redis is made with.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sluice/clock.hpp"
#include "sluice/ip.hpp"
#include "sluice/result.hpp"
#include "sluice/task.hpp"

namespace sluice::net {

using namespace std::chrono_literals;

struct RedisSettings {
  std::string host;  // a name or an address
  std::uint16_t port = 6379;
  std::string unix_path;       // not empty: a unix socket; then host and port mean nothing
  std::string user, password;  // empty: Redis is told none
  unsigned database = 0;
  Duration timeout = 20ms;      // of a command
  Duration patience = 1s;       // of a connection: to stand, and to be heard at all
  Duration longest_pause = 1s;  // between two tries
  std::size_t max_in_flight = 4096;
};

// The addresses of a host name, never blocking (upstream/lookup.hpp has the system's).
using RedisLookup = std::function<Task<Result<std::vector<IpAddress>>>(std::string host)>;

}  // namespace sluice::net
