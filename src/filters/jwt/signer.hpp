// Which of several keys has signed a token, if any.
//
//   auto fault = judge_signature(token, fixed, fetched);      // none: one of them has
//   if (fault == Fault::unknown_key) ...                      // the issuer may have a newer one
//
// The keys of the token's `kid`, or those that have none themselves; without a `kid` all that are for the
// token's algorithm, but no more than `max_tries`: trying one takes as long as a request.
#pragma once
#include <optional>

#include "filters/jwt/fault.hpp"
#include "filters/jwt/keys.hpp"
#include "filters/jwt/token.hpp"

namespace sluice::filters::jwt {

inline constexpr unsigned max_tries = 8;

// `fetched` may be null.
std::optional<Fault> judge_signature(const Token& token, const KeySet& fixed, const KeySet* fetched);

}  // namespace sluice::filters::jwt
