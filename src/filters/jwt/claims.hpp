// What a verified token says of its bearer, judged by the settings (RFC 7519 §4.1).
//
//   Reading reading;
//   if (auto fault = read_claims(token.coded_payload, settings, now, scratch, reading)) ...   // expired,
//   issuer ... reading.claims.get("sub"); reading.scopes; reading.validity.holds(later)
//
// A time is a number of seconds since 1970, whole or not, until the end of the year 9999: neither a text, nor
// negative, nor too large for that.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filters/jwt/fault.hpp"
#include "filters/jwt/settings.hpp"
#include "json/document.hpp"
#include "sluice/principal.hpp"

namespace sluice::filters::jwt {

// Wall-clock time as tokens need it: the year 9999 does not fit into nanoseconds.
using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

inline Moment moment(WallPoint t) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(t);
}

struct Validity {
  Moment from = Moment::min();   // `nbf` and `iat`, less the leeway
  Moment until = Moment::max();  // `exp` and the leeway

  bool holds(Moment now) const noexcept { return from <= now && now < until; }
};

struct Reading {
  Claims claims;
  std::vector<std::string> scopes, roles;
  Validity validity;
};

std::optional<Fault> read_claims(std::string_view coded_payload, const Settings& settings, Moment now,
                                 json::Document& scratch, Reading& reading);

}  // namespace sluice::filters::jwt
