// A JSON Web Signature in its compact form (RFC 7515 §7.1), taken apart and not yet believed.
//
//   Token token;
//   if (auto fault = read_token(text, scratch, token)) ...  // malformed, critical, algorithm
//   if (!verify(key, token.algorithm, token.signed_text, token.signature)) ...
//   read_claims(token.coded_payload, ...);                  // only now: who signed it is known
//
// `jku`, `x5u`, `jwk` and `x5c` are not looked at: a token never says by itself what it is verified with.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "filters/jwt/algorithm.hpp"
#include "filters/jwt/fault.hpp"
#include "json/document.hpp"

namespace sluice::filters::jwt {

struct Token {
  Algorithm algorithm = Algorithm::hs256;
  std::optional<std::string> kid;
  std::string_view signed_text;  // header and payload as they were sent, with the dot between them
  std::string_view coded_payload;
  std::string signature;  // its bytes
};

// The text outlives the token, the document is only used meanwhile. How long a text may be is the caller's
// business.
std::optional<Fault> read_token(std::string_view text, json::Document& scratch, Token& token);

}  // namespace sluice::filters::jwt
