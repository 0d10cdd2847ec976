// How many connections a listener has, in all and for one address: one count for the process, shared by the
// workers.
//
//   if (limits.admit(peer, bounds) != Admission::admitted) close it;
//   limits.leave(peer);                                  // when it has ended
//
// An IPv6 client counts as its /64, because it owns all of it. A peer on a unix socket has no address (::)
// and counts only for the whole.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "sluice/ip.hpp"

namespace sluice::server {

struct ConnectionBounds {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t connections = none;
  std::uint32_t connections_per_ip = none;
};

enum class Admission : std::uint8_t { admitted, too_many, too_many_of_address };

class ConnectionLimits {
 public:
  // Any thread. What was admitted has to leave, by the same address.
  Admission admit(const IpAddress& peer, const ConnectionBounds& bounds);
  void leave(const IpAddress& peer) noexcept;

  std::uint32_t connections() const noexcept { return total_.load(std::memory_order_relaxed); }
  std::uint32_t connections_of(const IpAddress& peer) const;

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& a) const noexcept;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<IpAddress, std::uint32_t, Hash> counts;
  };
  static constexpr std::size_t shard_count = 64;

  static IpAddress client_of(const IpAddress& peer) noexcept;
  Shard& shard_of(const IpAddress& client) noexcept;
  bool enter(const IpAddress& client, std::uint32_t bound);

  alignas(64) std::atomic<std::uint32_t> total_{0};
  std::array<Shard, shard_count> shards_;
};

}  // namespace sluice::server
