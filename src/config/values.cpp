#include "config/values.hpp"

#include <algorithm>

#include "config/address.hpp"

namespace sluice::config {
namespace {
bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
}  // namespace

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
  });
}

bool is_field_value(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

bool is_host_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 253 || text.find("..") != text.npos) return false;
  if (!is_letter_or_digit(text.front()) || text.ends_with('.')) return false;
  return std::ranges::all_of(text, [](char c) {
    return (is_letter_or_digit(c) && !(c >= 'A' && c <= 'Z')) || c == '-' || c == '.' || c == '_';
  });
}

std::string lower_case(std::string_view text) {
  std::string s(text);
  for (auto& c : s)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return s;
}

}  // namespace sluice::config

namespace sluice {

using config::HostPolicy;
using config::StatusRange;

std::optional<HostPolicy> Scalar<HostPolicy>::parse(std::string_view text) {
  if (text == "preserve") return HostPolicy{};
  if (text == "endpoint") return HostPolicy{HostPolicy::Kind::endpoint, ""};
  auto name = config::lower_case(text);
  auto host = std::string_view(name);
  if (auto colon = host.rfind(':'); colon != host.npos) {
    if (!Scalar<std::uint16_t>::parse(host.substr(colon + 1))) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (!config::is_host_name(host)) return std::nullopt;
  return HostPolicy{HostPolicy::Kind::name, std::move(name)};
}

std::string Scalar<HostPolicy>::print(const HostPolicy& v) {
  if (v.kind == HostPolicy::Kind::name) return v.name;
  return v.kind == HostPolicy::Kind::endpoint ? "endpoint" : "preserve";
}

std::optional<StatusRange> Scalar<StatusRange>::parse(std::string_view text) {
  auto dash = text.find('-');
  auto low = Scalar<std::uint16_t>::parse(text.substr(0, dash));
  auto high = dash == text.npos ? low : Scalar<std::uint16_t>::parse(text.substr(dash + 1));
  if (!low || !high || *low < 100 || *high > 599 || *low > *high) return std::nullopt;
  return StatusRange{*low, *high};
}

std::string Scalar<StatusRange>::print(const StatusRange& v) {
  auto low = std::to_string(v.low);
  return v.low == v.high ? low : low + '-' + std::to_string(v.high);
}

}  // namespace sluice
