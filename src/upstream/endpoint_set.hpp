// EndpointSet: the endpoints of an upstream at one time, with their weights. Immutable, shared by the
// workers, replaced as a whole when discovery finds others.
//
//   EndpointSet::Order order;
//   order.local_zone = "eu-1";
//   auto set = EndpointSet::arrange(members, order);     // its tiers and zones are sets of their own
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "upstream/endpoint.hpp"
#include "upstream/hash_ring.hpp"

namespace sluice::upstream {

class EndpointSet {
 public:
  struct Member {
    std::shared_ptr<Endpoint> endpoint;
    std::uint32_t weight;
    std::uint32_t tier = 0;
    std::string zone;
    std::string token;  // what a sticky cookie calls it; empty: nothing does
  };
  struct Order {
    std::string local_zone;  // empty: no zone is nearer than another
    bool hashed = false;     // its smallest parts have rings
  };
  using Ptr = std::shared_ptr<const EndpointSet>;

  // Flat: all of one tier, in one zone.
  EndpointSet() = default;
  explicit EndpointSet(std::vector<Member> members);
  static Ptr arrange(std::vector<Member> members, const Order& order);

  const std::vector<Member>& members() const noexcept { return members_; }
  std::size_t size() const noexcept { return members_.size(); }
  std::uint64_t total_weight() const noexcept { return sums_.empty() ? 0 : sums_.back(); }
  // Whose share of the total weight the point lies in; point < total_weight().
  std::size_t at_weight(std::uint64_t point) const noexcept;
  // Null: nobody is called so.
  const Member* called(std::string_view token) const noexcept;

  // From the first to serve to the last; empty where all are of one tier.
  const std::vector<Ptr>& tiers() const noexcept { return tiers_; }
  // Those of the local zone and all others; null where it is one of the two only.
  const Ptr& near() const noexcept { return near_; }
  const Ptr& far() const noexcept { return far_; }
  const HashRing& ring() const noexcept { return ring_; }

 private:
  std::vector<Member> members_;
  std::vector<std::uint64_t> sums_;    // of the weights up to and with each member
  std::vector<std::uint32_t> tokens_;  // places of the members that have one, by it
  std::vector<Ptr> tiers_;
  Ptr near_, far_;
  HashRing ring_;
};

}  // namespace sluice::upstream
