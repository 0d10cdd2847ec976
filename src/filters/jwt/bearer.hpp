// The token that a request brings, wherever the settings look for one.
//
//   auto found = find_token(x.request, settings.from);
//   take_tokens(x.request, settings.from);         // what came in a cookie or the query goes no further
//   if (found.fault) ...                           // missing, ambiguous
//   if (!is_one_token(found.token)) ...            // not asked of a token that is known
//   verify(found.token);
//
// Two tokens that differ are one too many, in one place or in two (RFC 6750 §2); the same one twice is not.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "filters/jwt/fault.hpp"
#include "filters/jwt/settings.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::jwt {

struct Found {
  std::string_view token;  // valid as long as the exchange
  std::optional<Fault> fault;
};

Found find_token(const Request& request, std::span<const Place> places);

// Not several words, nor a list.
bool is_one_token(std::string_view text) noexcept;

void take_tokens(Request& request, std::span<const Place> places);

}  // namespace sluice::filters::jwt
