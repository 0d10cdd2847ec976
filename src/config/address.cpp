#include "config/address.hpp"

#include "config/values.hpp"
#include "sluice/ip.hpp"

namespace sluice::config {
namespace {

// A host as it stands before a port: a name, an IPv4 address, or an IPv6 address in brackets.
std::optional<std::string> parse_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return std::nullopt;
    auto inner = text.substr(1, text.size() - 2);
    if (inner.find(':') == inner.npos || !IpAddress::parse(inner)) return std::nullopt;
    return lower_case(inner);
  }
  auto host = lower_case(text);
  if (!host.empty() && !is_host_name(host)) return std::nullopt;
  bool all_digits_and_dots = host.find_first_not_of("0123456789.") == host.npos;
  if (!host.empty() && all_digits_and_dots && !IpAddress::parse(host)) return std::nullopt;
  return host;
}

std::optional<Address> parse_unix(std::string_view path) {
  // sun_path holds 108 bytes, its terminator included.
  if (!path.starts_with('/') || path.size() > 107 || path.find('\0') != path.npos) return std::nullopt;
  Address a;
  a.unix_path = std::string(path);
  return a;
}

// Where the port's colon is, or npos: one inside brackets is none.
std::size_t port_colon(std::string_view text) {
  auto colon = text.rfind(':');
  auto bracket = text.rfind(']');
  return colon != text.npos && bracket != text.npos && colon < bracket ? text.npos : colon;
}

}  // namespace

bool Address::is_loopback() const noexcept {
  if (is_unix() || host == "localhost") return true;
  auto ip = IpAddress::parse(host);
  return ip && ip->is_loopback();
}

std::string Address::to_string() const {
  if (is_unix()) return "unix:" + unix_path;
  auto name = host.find(':') == host.npos ? host : '[' + host + ']';
  return name + ':' + std::to_string(port);
}

std::string EndpointUrl::to_string() const {
  if (address.is_unix()) return address.to_string();
  return (tls ? "https://" : "http://") + address.to_string();
}

}  // namespace sluice::config

namespace sluice {

using config::Address;
using config::EndpointUrl;

std::optional<Address> Scalar<Address>::parse(std::string_view text) {
  if (text.starts_with("unix:")) return config::parse_unix(text.substr(5));
  auto colon = config::port_colon(text);
  if (colon == text.npos) return std::nullopt;
  auto host = config::parse_host(text.substr(0, colon));
  auto port = Scalar<std::uint16_t>::parse(text.substr(colon + 1));
  if (!host || !port) return std::nullopt;
  Address a;
  a.host = std::move(*host);
  a.port = *port;
  return a;
}

std::optional<EndpointUrl> Scalar<EndpointUrl>::parse(std::string_view text) {
  EndpointUrl url;
  if (text.starts_with("unix:")) {
    auto address = config::parse_unix(text.substr(5));
    if (!address) return std::nullopt;
    url.address = std::move(*address);
    return url;
  }
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(url.tls ? 8 : 7);
  if (text.ends_with('/')) text.remove_suffix(1);
  auto colon = config::port_colon(text);
  auto host = config::parse_host(text.substr(0, colon));
  auto port = colon == text.npos ? std::uint16_t(url.tls ? 443 : 80)
                                 : Scalar<std::uint16_t>::parse(text.substr(colon + 1)).value_or(0);
  if (!host || host->empty() || port == 0) return std::nullopt;
  url.address.host = std::move(*host);
  url.address.port = port;
  return url;
}

}  // namespace sluice
