// The fields that tell a browser to be careful, on every answer of a route.
//
//   policies:
//     careful: { security: strict }
//     site: { security: { hsts: 365d, frame: SAMEORIGIN, nosniff: true, csp: "default-src 'self'" } }
#pragma once
#include <array>

#include "sluice/filter_kind.hpp"

namespace sluice::filters::security {

using namespace std::string_view_literals;

enum class Preset : std::uint8_t { strict };
constexpr auto names_of(Preset) {
  return std::array{"strict"sv};
}

enum class Frame : std::uint8_t { deny, same_origin };
constexpr auto names_of(Frame) {
  return std::array{"DENY"sv, "SAMEORIGIN"sv};
}

enum class Referrer : std::uint8_t {
  no_referrer,
  no_referrer_when_downgrade,
  origin,
  origin_when_cross_origin,
  same_origin,
  strict_origin,
  strict_origin_when_cross_origin,
  unsafe_url
};
constexpr auto names_of(Referrer) {
  return std::array{"no-referrer"sv,
                    "no-referrer-when-downgrade"sv,
                    "origin"sv,
                    "origin-when-cross-origin"sv,
                    "same-origin"sv,
                    "strict-origin"sv,
                    "strict-origin-when-cross-origin"sv,
                    "unsafe-url"sv};
}

struct Hsts {
  Duration max_age{};
  bool subdomains = false;
  bool preload = false;

  static const Schema& schema();
};

// Each may be left out (what the preset says, else nothing), or be `off`: nothing, whatever the preset says.
struct Settings {
  std::optional<Preset> preset;
  std::optional<OrOff<Hsts>> hsts;
  std::optional<OrOff<Frame>> frame;
  std::optional<bool> nosniff;
  std::optional<OrOff<Referrer>> referrer;
  std::optional<OrOff<std::string>> csp, permissions;
  std::optional<std::vector<std::string>> remove;

  static const Schema& schema();
};

FilterKind security_filter();

}  // namespace sluice::filters::security
