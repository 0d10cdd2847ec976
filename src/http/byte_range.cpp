#include "http/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "http/chars.hpp"
#include "http/words.hpp"

namespace sluice::http {
namespace {

using Number = std::uint64_t;
constexpr Number most = std::numeric_limits<Number>::max();

// Digits alone; what does not fit is `most`, which no representation is as long as.
std::optional<Number> read_number(std::string_view digits) noexcept {
  if (digits.empty()) return std::nullopt;
  Number n = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (end != digits.data() + digits.size()) return std::nullopt;
  return error == std::errc::result_out_of_range ? most : n;
}

enum class Member : std::uint8_t { malformed, unsatisfiable, part };

Member read_suffix(std::string_view digits, Number length, ByteRange& part) noexcept {
  auto size = read_number(digits);
  if (!size) return Member::malformed;
  if (*size == 0 || length == 0) return Member::unsatisfiable;
  part = {length - std::min(*size, length), length - 1};
  return Member::part;
}

Member read_member(std::string_view text, Number length, ByteRange& part) noexcept {
  auto dash = text.find('-');
  if (dash == text.npos) return Member::malformed;
  if (dash == 0) return read_suffix(text.substr(1), length, part);
  auto first = read_number(text.substr(0, dash));
  auto last = dash + 1 == text.size() ? most : read_number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return Member::malformed;
  if (*first >= length) return Member::unsatisfiable;
  part = {*first, std::min(*last, length - 1)};
  return Member::part;
}

bool touch(const ByteRange& a, const ByteRange& b) noexcept {
  return a.first <= b.last + 1 && b.first <= a.last + 1;
}

ByteRange hull(const ByteRange& a, const ByteRange& b) noexcept {
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

// A part takes up those before it that it touches, and stands where the first of them stood.
void add(RangeSet& set, ByteRange part) noexcept {
  auto* begin = set.ranges.data();
  auto* end = begin + set.count;
  auto* place = end;
  auto touches = [&part](const ByteRange& other) { return touch(other, part); };
  for (auto* old = std::find_if(begin, end, touches); old != end; old = std::find_if(begin, end, touches)) {
    part = hull(part, *old);
    place = std::min(place, old);
    end = std::copy(old + 1, end, old);
  }
  place = std::min(place, end);
  std::copy_backward(place, end, end + 1);
  *place = part;
  set.count = static_cast<std::uint8_t>(end + 1 - begin);
}

std::string_view with_length(std::string_view before, Number length, Arena& arena) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, length).ptr;
  return arena.concat({before, {digits, static_cast<std::size_t>(end - digits)}});
}

}  // namespace

RangeSet read_ranges(std::string_view range, std::uint64_t length) noexcept {
  auto equals = range.find('=');
  if (equals == range.npos || !same<"bytes">(range.substr(0, equals))) return {};
  RangeSet set;
  std::size_t members = 0;
  for (auto list = range.substr(equals + 1); !list.empty();) {
    auto text = next_member(list);
    if (text.empty()) continue;
    ByteRange part;
    auto member = read_member(text, length, part);
    if (member == Member::malformed || ++members > RangeSet::max_parts) return {};
    if (member == Member::part) add(set, part);
  }
  if (members > 0) set.what = set.count ? RangeSet::What::parts : RangeSet::What::unsatisfiable;
  return set;
}

RangeSet ranges_of(const Fields& request, std::uint64_t length) noexcept {
  if (request.count(FieldId::range) != 1) return {};
  return read_ranges(request.get(FieldId::range), length);
}

std::optional<ContentRange> read_content_range(std::string_view text) noexcept {
  if (text.size() < 6 || !same<"bytes ">(text.substr(0, 6))) return std::nullopt;
  auto slash = text.find('/');
  auto dash = text.find('-');
  if (slash == text.npos || dash >= slash) return std::nullopt;
  auto first = read_number(text.substr(6, dash - 6));
  auto last = read_number(text.substr(dash + 1, slash - dash - 1));
  auto length = text.substr(slash + 1) == "*" ? unknown_length : read_number(text.substr(slash + 1));
  if (!first || !last || !length || *first > *last || *last >= *length) return std::nullopt;
  return ContentRange{{*first, *last}, *length};
}

std::optional<ByteRange> range_within(const Fields& request, const ByteRange& held,
                                      std::uint64_t length) noexcept {
  if (length == unknown_length) return std::nullopt;
  auto asked = ranges_of(request, length);
  if (asked.what != RangeSet::What::parts || asked.count != 1) return std::nullopt;
  auto part = asked.ranges[0];
  if (part.first < held.first || part.last > held.last) return std::nullopt;
  return part;
}

std::string_view content_range(const ByteRange& part, std::uint64_t length, Arena& arena) {
  auto text = with_length("bytes ", part.first, arena);
  text = with_length(arena.concat({text, "-"}), part.last, arena);
  return with_length(arena.concat({text, "/"}), length, arena);
}

std::string_view unsatisfied_range(std::uint64_t length, Arena& arena) {
  return with_length("bytes */", length, arena);
}

}  // namespace sluice::http
