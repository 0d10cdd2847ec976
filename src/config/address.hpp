// Where a listener binds and where an endpoint is, as they are written.
//
//   auto a = Scalar<Address>::parse(":8443");         // host empty: every address of the machine, IPv4 and
//   IPv6 auto e = Scalar<EndpointUrl>::parse("https://10.0.0.12:8443");
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/config.hpp"

namespace sluice::config {

// "127.0.0.1:8080", ":8080", "[::1]:8080", "localhost:8080", "unix:/run/sluice.sock".
struct Address {
  std::string host;        // an IP address without brackets, or a name, lower case; empty: all addresses
  std::uint16_t port = 0;  // 0: the system chooses
  std::string unix_path;   // absolute; then host and port mean nothing

  bool is_unix() const noexcept { return !unix_path.empty(); }
  bool is_loopback() const noexcept;  // a unix socket is
  std::string to_string() const;
  bool operator==(const Address&) const = default;
};

// "http://host[:port]", "https://host[:port]", "unix:/run/app.sock".
struct EndpointUrl {
  bool tls = false;
  Address address;  // port always there: 80 or 443 where none is written

  std::string to_string() const;
  bool operator==(const EndpointUrl&) const = default;
};

}  // namespace sluice::config

namespace sluice {

template <>
struct Scalar<config::Address> : TextScalar<config::Address> {
  static constexpr std::string_view expected =
      "an address such as 127.0.0.1:8080, :8080, [::1]:8080 or unix:/run/sluice.sock";
  static std::optional<config::Address> parse(std::string_view text);
  static std::string print(const config::Address& v) { return v.to_string(); }
};

template <>
struct Scalar<config::EndpointUrl> : TextScalar<config::EndpointUrl> {
  static constexpr std::string_view expected =
      "an endpoint such as http://10.0.0.11:8080, https://example.com or unix:/run/app.sock, without a path";
  static std::optional<config::EndpointUrl> parse(std::string_view text);
  static std::string print(const config::EndpointUrl& v) { return v.to_string(); }
};

}  // namespace sluice
