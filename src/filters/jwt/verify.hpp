// Whether a key has made a signature (RFC 7518 §3, RFC 8037 §3.1).
//
//   if (verify(key, token.algorithm, token.signed_text, token.signature)) ...
//
// False, too, for an algorithm that the key is not for. Any thread.
#pragma once
#include <string_view>

#include "filters/jwt/keys.hpp"

namespace sluice::filters::jwt {

bool verify(const Key& key, Algorithm algorithm, std::string_view text, std::string_view signature) noexcept;

}  // namespace sluice::filters::jwt
