#include "filters/ip/address_set.hpp"

#include <algorithm>

namespace sluice::filters::ip {
namespace {

template <class Number>
Number big_endian(std::span<const std::uint8_t> bytes) noexcept {
  Number n = 0;
  for (auto b : bytes) n = static_cast<Number>(n << 8 | b);
  return n;
}

// As many ones at the low end as the prefix leaves bits.
template <class Number>
Number host_bits(unsigned prefix) noexcept {
  return prefix >= 8 * sizeof(Number) ? Number{0} : static_cast<Number>(~Number{0} >> prefix);
}

}  // namespace

AddressSet::V4 AddressSet::v4(const IpAddress& a) noexcept {
  return big_endian<V4>(std::span(a.bytes()).last<4>());
}

AddressSet::V6 AddressSet::v6(const IpAddress& a) noexcept {
  std::span bytes(a.bytes());
  return {big_endian<std::uint64_t>(bytes.first<8>()), big_endian<std::uint64_t>(bytes.last<8>())};
}

AddressSet::AddressSet(std::span<const Cidr> blocks) {
  for (auto& block : blocks) {
    auto prefix = block.prefix();
    if (block.network().is_v4()) {
      auto first = v4(block.network());
      v4_.push_back({first, first | host_bits<V4>(prefix)});
    } else {
      auto first = v6(block.network());
      V6 last(first.first | host_bits<std::uint64_t>(prefix),
              first.second | host_bits<std::uint64_t>(prefix <= 64 ? 0 : prefix - 64));
      v6_.push_back({first, last});
    }
  }
  keep_outermost(v4_);
  keep_outermost(v6_);
}

template <class Address>
void AddressSet::keep_outermost(Intervals<Address>& all) {
  std::ranges::sort(
      all, [](auto& a, auto& b) { return a.first != b.first ? a.first < b.first : b.last < a.last; });
  Intervals<Address> kept;
  for (auto& interval : all)
    if (kept.empty() || kept.back().last < interval.first) kept.push_back(interval);
  kept.shrink_to_fit();
  all = std::move(kept);
}

template <class Address>
bool AddressSet::within(const Intervals<Address>& all, const Address& a) noexcept {
  auto after = std::upper_bound(all.begin(), all.end(), a, [](auto& x, auto& i) { return x < i.first; });
  return after != all.begin() && !((after - 1)->last < a);
}

bool AddressSet::contains(const IpAddress& address) const noexcept {
  return address.is_v4() ? within(v4_, v4(address)) : within(v6_, v6(address));
}

}  // namespace sluice::filters::ip
