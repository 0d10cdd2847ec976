#include "server/connection_limits.hpp"

#include <bit>

namespace sluice::server {

std::size_t ConnectionLimits::Hash::operator()(const IpAddress& a) const noexcept {
  auto words = std::bit_cast<std::array<std::uint64_t, 2>>(a.bytes());
  auto mixed = (words[0] ^ std::rotl(words[1], 32)) * 0x9E3779B97F4A7C15u;
  return mixed ^ (mixed >> 32);
}

IpAddress ConnectionLimits::client_of(const IpAddress& peer) noexcept {
  return peer.is_v4() ? peer : peer.masked(64);
}

ConnectionLimits::Shard& ConnectionLimits::shard_of(const IpAddress& client) noexcept {
  return shards_[(Hash()(client) >> 8) % shard_count];
}

bool ConnectionLimits::enter(const IpAddress& client, std::uint32_t bound) {
  auto& shard = shard_of(client);
  std::lock_guard lock(shard.mutex);
  auto& count = shard.counts[client];
  if (count >= bound) {
    if (count == 0) shard.counts.erase(client);
    return false;
  }
  ++count;
  return true;
}

Admission ConnectionLimits::admit(const IpAddress& peer, const ConnectionBounds& bounds) {
  if (total_.fetch_add(1, std::memory_order_relaxed) >= bounds.connections) {
    total_.fetch_sub(1, std::memory_order_relaxed);
    return Admission::too_many;
  }
  if (peer != IpAddress() && !enter(client_of(peer), bounds.connections_per_ip)) {
    total_.fetch_sub(1, std::memory_order_relaxed);
    return Admission::too_many_of_address;
  }
  return Admission::admitted;
}

void ConnectionLimits::leave(const IpAddress& peer) noexcept {
  total_.fetch_sub(1, std::memory_order_relaxed);
  if (peer == IpAddress()) return;
  auto client = client_of(peer);
  auto& shard = shard_of(client);
  std::lock_guard lock(shard.mutex);
  auto found = shard.counts.find(client);
  if (found != shard.counts.end() && --found->second == 0) shard.counts.erase(found);
}

std::uint32_t ConnectionLimits::connections_of(const IpAddress& peer) const {
  auto client = client_of(peer);
  auto& shard = const_cast<ConnectionLimits*>(this)->shard_of(client);
  std::lock_guard lock(shard.mutex);
  auto found = shard.counts.find(client);
  return found == shard.counts.end() ? 0 : found->second;
}

}  // namespace sluice::server
