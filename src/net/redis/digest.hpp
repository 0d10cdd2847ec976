// Digests in hexadecimal.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace sluice::net {

using Sha256Hex = std::array<char, 64>;

// For each request: no allocation.
Sha256Hex sha256_hex(std::string_view bytes) noexcept;
std::string sha1_hex(std::string_view bytes);

}  // namespace sluice::net
