#include "filters/cors/origins.hpp"

#include <algorithm>
#include <charconv>

#include "http/chars.hpp"
#include "sluice/ip.hpp"

namespace sluice::filters::cors {
namespace {

constexpr std::string_view free_labels = "*.";

// An origin, cut into its parts.
struct Parts {
  std::string_view scheme, host, port;

  // "https://" is read already.
  Parts(std::string_view s, std::string_view authority) noexcept : scheme(s), host(authority) {
    auto colon = authority.rfind(':');
    if (colon == authority.npos || authority.find(']', colon) != authority.npos) return;
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
};

bool is_scheme(std::string_view s) noexcept {
  auto may = [](char c) {
    return (c >= 'a' && c <= 'z') || http::is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  return !s.empty() && s[0] >= 'a' && s[0] <= 'z' && std::ranges::all_of(s, may);
}

constexpr bool is_label_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || http::is_digit(c) || c == '-' || c == '_';
}

// Labels between single dots.
bool are_labels(std::string_view s) noexcept {
  bool label = false;
  for (char c : s) {
    if (c == '.' ? !label : !is_label_char(c)) return false;
    label = c != '.';
  }
  return label;
}

bool is_host(std::string_view host) noexcept {
  if (host.starts_with('[') && host.ends_with(']'))
    return host.size() > 2 && IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
  return are_labels(host);
}

bool is_port(std::string_view port) noexcept {
  std::uint16_t number = 0;
  auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), number);
  return fault == std::errc() && end == port.data() + port.size() && number > 0 && port[0] != '0';
}

bool is_default(std::string_view scheme, std::string_view port) noexcept {
  return (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
}

std::string lower_case(std::string_view s) {
  std::string lower(s);
  std::ranges::transform(lower, lower.begin(), http::lower);
  return lower;
}

std::string fault_of_host(std::string_view host) {
  if (host.find('*') != host.npos && !host.starts_with(free_labels))
    return "a '*' stands for whole labels at the front of a host, as in 'https://*.example.org'";
  bool is_free = host.starts_with(free_labels);
  auto fixed = is_free ? host.substr(free_labels.size()) : host;
  if (std::ranges::any_of(fixed, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return "browsers send such a host in its ASCII form, 'xn--...': write that";
  if (fixed.find('*') != fixed.npos || !is_host(fixed)) return "has no sound host";
  if (is_free && fixed.find('.') == fixed.npos && fixed != "localhost")
    return "would let in all of '." + std::string(fixed) + "'";
  return {};
}

std::string fault_of_parts(const Parts& parts, std::string_view whole) {
  if (!is_scheme(parts.scheme)) return "has no sound scheme";
  if (auto fault = fault_of_host(parts.host); !fault.empty()) return fault;
  bool has_port = parts.host.size() + parts.scheme.size() + 3 != whole.size();
  if (has_port && !is_port(parts.port)) return "has no sound port";
  if (is_default(parts.scheme, parts.port))
    return "browsers leave the scheme's own port out: write '" +
           std::string(whole.substr(0, whole.size() - parts.port.size() - 1)) + "'";
  return {};
}

}  // namespace

std::string fault_of_origin(std::string_view origin) {
  if (origin == "*" || origin == "null") return {};
  auto colon = origin.find("://");
  if (colon == origin.npos) return "has no scheme: write 'https://" + std::string(origin) + "'";
  auto authority = origin.substr(colon + 3);
  if (auto end = authority.find_first_of("/?#"); end != authority.npos)
    return "has more than scheme, host and port: write '" + std::string(origin.substr(0, colon + 3 + end)) +
           "'";
  if (auto lower = lower_case(origin); lower != origin)
    return "browsers write it in lower case: '" + lower + "'";
  return fault_of_parts(Parts(origin.substr(0, colon), authority), origin);
}

Origins::Origins(const std::vector<std::string>& origins) {
  for (auto& origin : origins) {
    auto star = origin.find("://*.");
    if (origin == "*")
      any_ = true;
    else if (star != origin.npos)
      below_.push_back({origin.substr(0, star + 3), origin.substr(star + 4)});
    else
      exact_.push_back(origin);
  }
  std::ranges::sort(exact_);
}

// What is free must be labels and nothing else: no port, user or path that would make it another origin.
bool Origins::Below::has(std::string_view origin) const noexcept {
  if (origin.size() <= scheme.size() + tail.size()) return false;
  if (!origin.starts_with(scheme) || !origin.ends_with(tail)) return false;
  return are_labels(origin.substr(scheme.size(), origin.size() - scheme.size() - tail.size()));
}

bool Origins::have(std::string_view origin) const noexcept {
  if (any_) return true;
  if (std::ranges::binary_search(exact_, origin, std::less<>())) return true;
  return std::ranges::any_of(below_, [&](auto& below) { return below.has(origin); });
}

}  // namespace sluice::filters::cors
