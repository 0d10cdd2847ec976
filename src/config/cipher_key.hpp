// A key of 256 bits, as a file has it: 64 hexadecimal digits, or base64 of the 32 bytes.
//
//   auto key = Scalar<CipherKey>::parse(text);       // openssl rand -hex 32
//
// It is printed as nothing but what it is.
#pragma once
#include <array>

#include "sluice/config.hpp"

namespace sluice::config {

struct CipherKey {
  std::array<unsigned char, 32> bytes{};

  bool operator==(const CipherKey&) const = default;
};

}  // namespace sluice::config

namespace sluice {

template <>
struct Scalar<config::CipherKey> : TextScalar<config::CipherKey> {
  static constexpr std::string_view expected =
      "a key of 32 bytes, as 64 hexadecimal digits or as base64 (openssl rand -hex 32)";
  static std::optional<config::CipherKey> parse(std::string_view text);
  static std::string print(const config::CipherKey&) { return "a key of 32 bytes"; }
};

}  // namespace sluice
