#include "sluice/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice {
namespace {
constexpr std::array<std::uint8_t, 12> v4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) noexcept {
  IpAddress a;
  std::copy(v4_prefix.begin(), v4_prefix.end(), a.bytes_.begin());
  for (int i = 0; i < 4; ++i) a.bytes_[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return a;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> network_order) noexcept {
  IpAddress a;
  std::copy(network_order.begin(), network_order.end(), a.bytes_.begin());
  return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  char terminated[max_text + 1];
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = 0;

  in_addr four;
  if (inet_pton(AF_INET, terminated, &four) == 1) return v4(ntohl(four.s_addr));
  std::array<std::uint8_t, 16> six;
  if (inet_pton(AF_INET6, terminated, six.data()) == 1) return v6(six);
  return std::nullopt;
}

bool IpAddress::is_v4() const noexcept {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const noexcept {
  if (is_v4()) return bytes_[12] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; }) && bytes_[15] == 1;
}

IpAddress IpAddress::masked(unsigned prefix) const noexcept {
  unsigned bits = is_v4() ? 96 + std::min(prefix, 32u) : std::min(prefix, 128u);
  IpAddress a = *this;
  for (unsigned i = 0; i < 16; ++i) {
    unsigned kept = bits <= 8 * i ? 0 : std::min(8u, bits - 8 * i);
    a.bytes_[i] &= static_cast<std::uint8_t>(0xff00u >> kept);
  }
  return a;
}

std::string_view IpAddress::format(std::span<char> to) const noexcept {
  bool four = is_v4();
  const void* source = four ? bytes_.data() + 12 : bytes_.data();
  if (!inet_ntop(four ? AF_INET : AF_INET6, source, to.data(), static_cast<socklen_t>(to.size()))) return {};
  return to.data();
}

std::string IpAddress::to_string() const {
  char text[max_text];
  return std::string(format(text));
}

std::optional<Cidr> Cidr::parse(std::string_view text) noexcept {
  auto slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;

  Cidr c;
  unsigned longest = address->is_v4() ? 32 : 128;
  c.prefix_ = longest;
  if (slash != std::string_view::npos) {
    auto digits = text.substr(slash + 1);
    auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), c.prefix_);
    if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (c.prefix_ > longest) return std::nullopt;
  }
  c.network_ = address->masked(c.prefix_);
  return c;
}

bool Cidr::contains(const IpAddress& a) const noexcept {
  return a.is_v4() == network_.is_v4() && a.masked(prefix_) == network_;
}

std::string Cidr::to_string() const {
  return network_.to_string() + "/" + std::to_string(prefix_);
}

bool contains(std::span<const Cidr> blocks, const IpAddress& a) noexcept {
  return std::any_of(blocks.begin(), blocks.end(), [&](const Cidr& c) { return c.contains(a); });
}

}  // namespace sluice
