#include "upstream/endpoint_set.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace sluice::upstream {
namespace {

using Members = std::vector<EndpointSet::Member>;

HashRing ring_of(const Members& members) {
  std::vector<HashRing::Part> parts;
  for (auto& m : members) parts.push_back({m.endpoint->name(), m.weight});
  return HashRing(parts);
}

}  // namespace

EndpointSet::EndpointSet(std::vector<Member> members) : members_(std::move(members)) {
  std::uint64_t sum = 0;
  sums_.reserve(members_.size());
  for (auto& m : members_) sums_.push_back(sum += m.weight);
  for (std::uint32_t i = 0; i < members_.size(); ++i)
    if (!members_[i].token.empty()) tokens_.push_back(i);
  std::ranges::sort(
      tokens_, {}, [this](auto i) -> auto& { return members_[i].token; });
}

EndpointSet::Ptr EndpointSet::arrange(Members members, const Order& order) {
  auto made = std::make_shared<EndpointSet>(std::move(members));
  std::map<std::uint32_t, Members> tiers;
  Members near, far;
  for (auto& m : made->members_) {
    tiers[m.tier].push_back(m);
    (!order.local_zone.empty() && m.zone == order.local_zone ? near : far).push_back(m);
  }
  if (tiers.size() > 1) {
    for (auto& [tier, part] : tiers) made->tiers_.push_back(arrange(std::move(part), order));
  } else if (!near.empty() && !far.empty()) {
    auto within = order;
    within.local_zone.clear();
    made->near_ = arrange(std::move(near), within);
    made->far_ = arrange(std::move(far), within);
  } else if (order.hashed) {
    made->ring_ = ring_of(made->members_);
  }
  return made;
}

std::size_t EndpointSet::at_weight(std::uint64_t point) const noexcept {
  return static_cast<std::size_t>(std::ranges::upper_bound(sums_, point) - sums_.begin());
}

const EndpointSet::Member* EndpointSet::called(std::string_view token) const noexcept {
  auto name = [this](auto i) { return std::string_view(members_[i].token); };
  auto found = std::ranges::lower_bound(tokens_, token, {}, name);
  return found != tokens_.end() && name(*found) == token ? &members_[*found] : nullptr;
}

}  // namespace sluice::upstream
