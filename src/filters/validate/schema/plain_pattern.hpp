// The expressions that most schemas have, "^[A-Z]{2}[0-9]+$": a row of character sets, each with a count,
// from the text's first byte to its last, where no set has anything in common with what may follow it. One
// pass without going back decides them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::filters::validate {

class PlainPattern {
 public:
  // nullopt: it is not of that form, or not ASCII.
  static std::optional<PlainPattern> compile(std::string_view ecma);

  bool matches(std::string_view text) const noexcept;

 private:
  static constexpr std::uint32_t any_number = ~std::uint32_t{0};
  struct Run {
    std::array<bool, 256> set{};
    std::uint32_t least = 1, most = 1;
  };
  class Parser;

  bool is_deterministic() const noexcept;
  static bool all_in(const std::array<bool, 256>& set, const char* at, std::size_t n) noexcept;

  std::vector<Run> runs_;
};

}  // namespace sluice::filters::validate
