// Why a token is refused: what the client is told, and what log and metrics say.
//
//   if (auto fault = check(claims)) return refuse(x, *fault);
//   auto& row = row_of(Fault::expired);          // 401, "token_expired", ...
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::filters::jwt {

enum class Fault : std::uint8_t {
  missing,      // no token in any of the places
  ambiguous,    // two tokens, or something in a token's place that cannot be one
  malformed,    // not three parts of strict base64url with strict JSON in them
  oversized,    // longer than `max_token`
  critical,     // an extension that has to be understood (RFC 7515 §4.1.11), and is not
  algorithm,    // `none`, an unknown one, or one that no key is for
  unknown_key,  // `kid` names a key that is not there
  signature,    // no key has made it
  expired,      // `exp`
  early,        // `nbf`, or an `iat` that is yet to come
  issuer,       // `iss`
  audience,     // `aud`
  claims,       // one of `require_claims` is absent
  no_keys       // none to judge by: not the client's fault
};
inline constexpr std::size_t faults = 14;

struct FaultRow {
  std::uint16_t status;
  const char* reason;       // of the local reply, for the access log
  std::string_view result;  // the metric's label
  std::string_view error;   // RFC 6750 §3.1; empty: the challenge has no error
  std::string_view detail;  // for people: the problem's detail and the challenge's error_description
};

const FaultRow& row_of(Fault fault) noexcept;

}  // namespace sluice::filters::jwt
