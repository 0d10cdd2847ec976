// IP addresses and CIDR blocks, as values. An IPv4-mapped IPv6 address is its IPv4 address, so that a rule
// written for one is not walked around through the other.
//
//   auto trusted = Cidr::parse("10.0.0.0/8");
//   if (trusted->contains(*IpAddress::parse("10.1.2.3"))) ...
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class IpAddress {
 public:
  constexpr IpAddress() = default;  // ::, the unspecified one

  static IpAddress v4(std::uint32_t host_order) noexcept;
  static IpAddress v6(std::span<const std::uint8_t, 16> network_order) noexcept;
  // Textual form, without brackets, port or zone.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;

  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;
  // 16 bytes in network order; IPv4 as ::ffff:a.b.c.d.
  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

  // The address with all but the first `prefix` bits of its own family zeroed.
  IpAddress masked(unsigned prefix) const noexcept;

  // Into `to`, at least max_text long; returns what was written.
  std::string_view format(std::span<char> to) const noexcept;
  std::string to_string() const;
  static constexpr std::size_t max_text = 46;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

class Cidr {
 public:
  // "10.0.0.0/8", "fd00::/8", or a single address. Bits beyond the prefix are ignored.
  static std::optional<Cidr> parse(std::string_view text) noexcept;

  const IpAddress& network() const noexcept { return network_; }
  unsigned prefix() const noexcept { return prefix_; }  // of the network's own family
  bool contains(const IpAddress& a) const noexcept;
  std::string to_string() const;
  bool operator==(const Cidr&) const = default;

 private:
  IpAddress network_;
  unsigned prefix_ = 0;
};

bool contains(std::span<const Cidr> blocks, const IpAddress& a) noexcept;

}  // namespace sluice
