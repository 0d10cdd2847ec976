// A set of addresses as blocks name them, for look-ups that cost the same for ten blocks and for ten
// thousand.
//
//   AddressSet offices(settings.allow);
//   if (offices.contains(exchange.client)) ...
//
// Blocks hold each other or have nothing in common, so those that stand in another one are dropped and the
// rest are intervals that a binary search finds its way in. Each family is kept by itself: ::/0 is no IPv4
// address.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sluice/ip.hpp"

namespace sluice::filters::ip {

class AddressSet {
 public:
  AddressSet() = default;
  explicit AddressSet(std::span<const Cidr> blocks);

  bool empty() const noexcept { return v4_.empty() && v6_.empty(); }
  bool contains(const IpAddress& address) const noexcept;

 private:
  using V4 = std::uint32_t;
  using V6 = std::pair<std::uint64_t, std::uint64_t>;  // the first half, the second

  template <class Address>
  struct Interval {
    Address first, last;
  };
  template <class Address>
  using Intervals = std::vector<Interval<Address>>;

  static V4 v4(const IpAddress& a) noexcept;
  static V6 v6(const IpAddress& a) noexcept;
  template <class Address>
  static void keep_outermost(Intervals<Address>& all);
  template <class Address>
  static bool within(const Intervals<Address>& all, const Address& a) noexcept;

  Intervals<V4> v4_;
  Intervals<V6> v6_;
};

}  // namespace sluice::filters::ip
