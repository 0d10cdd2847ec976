// Small values of the configuration that are written as one scalar.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/config.hpp"

namespace sluice::config {

// The Host that an upstream sees: the client's, the endpoint's, or one given name.
struct HostPolicy {
  enum class Kind : std::uint8_t { preserve, endpoint, name };
  Kind kind = Kind::preserve;
  std::string name;  // of Kind::name
};

// "200" or "200-399", both ends included.
struct StatusRange {
  std::uint16_t low = 200;
  std::uint16_t high = 399;
  bool contains(unsigned status) const noexcept { return status >= low && status <= high; }
};

// RFC 9110 §5.6.2: what names of fields and methods consist of.
bool is_token(std::string_view text) noexcept;
// The value of a field: visible characters, spaces and tabs inside.
bool is_field_value(std::string_view text) noexcept;
// A name as DNS has it, lower case.
bool is_host_name(std::string_view text) noexcept;

std::string lower_case(std::string_view text);

}  // namespace sluice::config

namespace sluice {

template <>
struct Scalar<config::HostPolicy> : TextScalar<config::HostPolicy> {
  static constexpr std::string_view expected = "preserve, endpoint or a host name";
  static std::optional<config::HostPolicy> parse(std::string_view text);
  static std::string print(const config::HostPolicy& v);
};

template <>
struct Scalar<config::StatusRange> : TextScalar<config::StatusRange> {
  static constexpr std::string_view expected = "a status such as 200, or a range such as 200-399";
  static constexpr std::string_view pattern = "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$";
  static std::optional<config::StatusRange> parse(std::string_view text);
  static std::string print(const config::StatusRange& v);
};

}  // namespace sluice
