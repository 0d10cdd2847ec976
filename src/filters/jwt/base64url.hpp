// Base64url without padding (RFC 4648 §5, RFC 7515 §2), strictly: one text for each value and no other. Line
// ends, '=', '+', '/', a lone last character and last bits that are not zero are all refused, so that nobody
// can spell a token in two ways.
//
//   auto bytes = decode_base64url(text);         // none: not base64url
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::filters::jwt {

std::optional<std::string> decode_base64url(std::string_view text);

// RFC 4648 §4, with its padding: how a secret is written in a configuration. Just as strict.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace sluice::filters::jwt
