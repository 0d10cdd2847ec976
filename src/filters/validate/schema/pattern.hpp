// A regular expression of a schema: ECMA-262's, as JSON Schema has it (2020-12 core §6.4), run by RE2 in time
// that the text's length bounds. What RE2 cannot do, look-around and back-references, is an error that says
// so; what the two spell or mean differently is translated.
//
//   auto pattern = Pattern::compile("^[a-z]+$", error);     // null: error says why
//   pattern->matches(text)                                   // somewhere in the text
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "filters/validate/schema/plain_pattern.hpp"

namespace re2 {
class RE2;
}

namespace sluice::filters::validate {

// The same expression as RE2 spells it; nullopt: `error` says why there is none.
std::optional<std::string> translate(std::string_view ecma, std::string& error);

class Pattern {
 public:
  static std::unique_ptr<Pattern> compile(std::string_view ecma, std::string& error);
  ~Pattern();

  bool matches(std::string_view text) const;
  const std::string& spelling() const noexcept { return spelling_; }

 private:
  Pattern();
  std::string spelling_;
  std::optional<PlainPattern> plain_;
  std::unique_ptr<re2::RE2> expression_;
};

}  // namespace sluice::filters::validate
