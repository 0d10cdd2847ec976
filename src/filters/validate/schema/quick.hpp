// What of a rule can be decided at a glance: most values of a body are a text of bounded length, an integer
// between two bounds, or of a kind that a type is all there is to say about.
//
//   if (rule.quick.takes(value)) return true;
//   ...                                          // it may still be valid: all of the rule has to be asked
#pragma once
#include <cstdint>
#include <limits>

#include "json/node.hpp"

namespace sluice::filters::validate {

struct Quick {
  // Texts of ASCII, whose bytes are their code points. What is less than the least wraps around, and is then
  // more than any number over it: one comparison for both bounds.
  std::uint32_t shortest = std::numeric_limits<std::uint32_t>::max(), longer_by = 0;  // no text
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::uint64_t higher_by = 0;  // no integer
  std::uint32_t kinds = 0;      // a bit for each other kind of which all values are valid

  // A text of ASCII of so many bytes.
  bool takes_text(std::size_t size) const noexcept {
    return static_cast<std::uint32_t>(size) - shortest <= longer_by;
  }
  bool takes_integer(std::int64_t n) const noexcept {
    return static_cast<std::uint64_t>(n) - static_cast<std::uint64_t>(low) <= higher_by;
  }
  bool takes(const json::Node& v) const noexcept {
    if (v.is_ascii()) return takes_text(v.size);
    if (v.is(json::Kind::integer)) return takes_integer(v.mantissa);
    return kinds >> static_cast<unsigned>(v.kind) & 1;
  }
};

struct Rule;

// Of a rule that is complete.
Quick quick_of(const Rule& rule);

}  // namespace sluice::filters::validate
