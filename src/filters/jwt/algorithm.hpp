// How a token may be signed (RFC 7518 §3.1, RFC 8037 §3.1), and sets of that.
//
//   auto algorithm = algorithm_named("RS256");      // none for "none", "rs256", and whatever else is not
//   known if (algorithm && key.algorithms().has(*algorithm)) ...
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace sluice::filters::jwt {

enum class Algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa
};

constexpr auto names_of(Algorithm) noexcept {
  return std::array<std::string_view, 13>{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
                                          "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};
}

constexpr std::string_view name_of(Algorithm a) noexcept {
  return names_of(a)[static_cast<std::size_t>(a)];
}

// Names are case-sensitive (RFC 7515 §4.1.1).
constexpr std::optional<Algorithm> algorithm_named(std::string_view name) noexcept {
  constexpr auto names = names_of(Algorithm{});
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Algorithm>(found - names.begin());
}

class Algorithms {
 public:
  constexpr Algorithms() = default;
  constexpr Algorithms(std::initializer_list<Algorithm> all) noexcept {
    for (auto a : all) add(a);
  }
  static constexpr Algorithms all() noexcept {
    Algorithms every;
    every.bits_ = (1u << names_of(Algorithm{}).size()) - 1;
    return every;
  }

  constexpr void add(Algorithm a) noexcept { bits_ |= 1u << static_cast<unsigned>(a); }
  constexpr bool has(Algorithm a) const noexcept { return (bits_ & (1u << static_cast<unsigned>(a))) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr Algorithms operator&(Algorithms o) const noexcept {
    Algorithms both;
    both.bits_ = bits_ & o.bits_;
    return both;
  }
  constexpr bool operator==(const Algorithms&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace sluice::filters::jwt
