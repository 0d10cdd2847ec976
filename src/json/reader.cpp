#include "json/reader.hpp"

#include <algorithm>
#include <cstring>

#include "json/number.hpp"
#include "json/scan.hpp"
#include "json/utf8.hpp"

namespace sluice::json {
namespace {

constexpr unsigned few_names = 32;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

const char* digits_end(const char* at) noexcept {
  while (is_digit(*at)) ++at;
  return at;
}

inline const char* skip_space(const char* at) noexcept {
  return static_cast<unsigned char>(*at) <= ' ' ? space_end(at) : at;
}

bool hex4(const char* at, std::uint32_t& code) noexcept {
  code = 0;
  for (int i = 0; i < 4; ++i) {
    char c = at[i], letter = static_cast<char>(c | 0x20);
    if (is_digit(c))
      code = code << 4 | static_cast<std::uint32_t>(c - '0');
    else if (letter >= 'a' && letter <= 'f')
      code = code << 4 | static_cast<std::uint32_t>(letter - 'a' + 10);
    else
      return false;
  }
  return true;
}

Node boolean(bool b) noexcept {
  Node n{};
  n.kind = Kind::boolean;
  n.flag = b;
  return n;
}

}  // namespace

Reader::Reader(Document& document, std::size_t size, const Limits& limits) noexcept
    : document_(document),
      limits_(limits),
      begin_(document.text_.get()),
      end_(begin_ + size),
      to_(document.nodes_.get()) {}

std::optional<Fault> Reader::read() {
  auto at = value(skip_space(begin_), limits_.depth);
  if (at && skip_space(at) != end_) at = fail(skip_space(at), "only white space may follow the value");
  if (!at) return fault_;
  return std::nullopt;
}

[[gnu::cold, gnu::noinline]] const char* Reader::fail(At at, const char* message, Fault::Kind kind) noexcept {
  if (at >= end_ && kind == Fault::Kind::malformed) message = "the text ends too early";
  fault_ = {kind, message, static_cast<std::size_t>(std::min<At>(at, end_) - begin_)};
  return nullptr;
}
const char* Reader::too_deep(At at) noexcept {
  return fail(at, "arrays and objects are nested too deep", Fault::Kind::limit);
}
const char* Reader::too_many(At at) noexcept {
  return fail(at, "an object or array has too many members", Fault::Kind::limit);
}

[[gnu::always_inline]] inline const char* Reader::string(At at, Node& to) {
  At begin = at + 1;
  At stop = plain_end(begin);
  if (*stop != '"') return string_slowly(begin, begin_ + (stop - begin_), to);
  auto size = static_cast<std::size_t>(stop - begin);
  if (size > limits_.string) return fail(begin, "a string is too long", Fault::Kind::limit);
  to = Node{Kind::string, true, 0, static_cast<std::uint32_t>(size), {}};
  to.begin = begin;
  return stop + 1;
}

inline const char* Reader::value(At at, std::size_t depth) {
  return *at == '"' ? string(at, *to_++) : other_value(at, depth);
}

const char* Reader::other_value(At at, std::size_t depth) {
  switch (*at) {
    case '{':
      return object(at, depth);
    case '[':
      return array(at, depth);
    case 't':
      return literal(at, "true", boolean(true));
    case 'f':
      return literal(at, "false", boolean(false));
    case 'n':
      return literal(at, "null", Node{});
    default:
      return number(at);
  }
}

inline const char* Reader::literal(At at, std::string_view word, Node what) {
  if (std::memcmp(at, word.data(), word.size()) != 0) return fail(at, "a value is expected");
  *to_++ = what;
  return at + word.size();
}

// Decodes in place: what is decoded is never longer than what stood there.
[[gnu::noinline]] const char* Reader::string_slowly(At begin, char* to, Node& node) {
  At at = to;
  while (*at != '"') {
    if (*at == '\\') {
      if (!escape(at, to)) return nullptr;
    } else if (static_cast<unsigned char>(*at) < ' ') {
      return fail(at, "a control character stands in a string");
    } else {
      auto size = utf8_size({at, static_cast<std::size_t>(end_ - at)});
      if (size == 0) return fail(at, "a string is no UTF-8");
      std::memmove(to, at, size);
      at += size;
      to += size;
    }
    auto run = static_cast<std::size_t>(plain_end(at) - at);
    if (to != at) std::memmove(to, at, run);
    at += run;
    to += run;
  }
  node = Node{Kind::string, false, 0, static_cast<std::uint32_t>(to - begin), {}};
  node.begin = begin;
  node.flag = std::ranges::all_of(node.text(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (node.size > limits_.string) return fail(begin, "a string is too long", Fault::Kind::limit);
  return at + 1;
}

// The padding's NULs are no digits, so nothing is read behind them.
bool Reader::escape(At& at, char*& to) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  if (auto known = letters.find(at[1]); known != letters.npos) {
    *to++ = meant[known];
    at += 2;
    return true;
  }
  std::uint32_t code = 0, low = 0;
  if (at[1] != 'u' || !hex4(at + 2, code)) return fail(at, "a string has an unknown escape");
  At next = at + 6;
  if (code >= 0xd800 && code < 0xdc00 && next[0] == '\\' && next[1] == 'u' && hex4(next + 2, low) &&
      low >= 0xdc00 && low < 0xe000) {
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    next += 6;
  }
  if (code >= 0xd800 && code < 0xe000) return fail(at, "half of a surrogate pair stands alone");
  to = put_utf8(to, code);
  at = next;
  return true;
}

inline const char* Reader::number(At begin) {
  At at = begin + (*begin == '-');
  At first = at;
  std::uint64_t v = 0;  // may overflow: then it is not used
  for (; is_digit(*at); ++at) v = v * 10 + static_cast<unsigned>(*at - '0');
  auto count = at - first;
  if (count == 0) return fail(begin, at == begin ? "a value is expected" : "a number needs digits");
  if (*first == '0' && count > 1) return fail(begin, "a number begins with 0");
  std::int32_t exponent = 0;
  if (*at == '.') {
    At point = at++;
    for (; is_digit(*at); ++at) v = v * 10 + static_cast<unsigned>(*at - '0');
    exponent = static_cast<std::int32_t>(point + 1 - at);
    if (exponent == 0) return fail(begin, "digits are expected behind the point");
    count -= exponent;
  }
  if ((*at | 0x20) == 'e' || count > 18) return number_slowly(begin, at);
  auto mantissa = static_cast<std::int64_t>(v);
  *to_++ = decimal_node(*begin == '-' ? -mantissa : mantissa, exponent);
  return at;
}

[[gnu::noinline]] const char* Reader::number_slowly(At begin, At at) {
  if ((*at | 0x20) == 'e') {
    ++at;
    at += *at == '-' || *at == '+';
    At exponent = at;
    at = digits_end(at);
    if (at == exponent) return fail(begin, "an exponent needs digits");
  }
  auto size = static_cast<std::size_t>(at - begin);
  if (size > limits_.string) return fail(begin, "a number is too long", Fault::Kind::limit);
  *to_++ = number_node({begin, size});
  return at;
}

const char* Reader::array(At at, std::size_t depth) {
  if (depth == 0) return too_deep(at);
  Node& self = *to_++;
  std::uint32_t count = 0;
  at = skip_space(at + 1);
  while (*at != ']') {
    if (count == limits_.members) return too_many(at);
    if (!(at = value(at, depth - 1))) return nullptr;
    ++count;
    at = skip_space(at);
    if (*at == ']') break;
    if (*at != ',') return fail(at, "',' or ']' is expected in an array");
    at = skip_space(at + 1);
    if (*at == ']') return fail(at, "a value is expected");
  }
  self = Node{Kind::array, false, 0, count, {}};
  self.span = static_cast<std::uint64_t>(to_ - &self);
  return at + 1;
}

[[gnu::always_inline]] inline const char* Reader::name(At at, const Node& object, std::uint32_t count,
                                                       std::uint64_t& seen) {
  if (*at != '"') return fail(at, "a member's name is expected");
  At begin = at;
  Node& name = *to_++;
  if (!(at = string(at, name))) return nullptr;
  name.hash = name_hash(name.begin, name.size);
  auto bit = std::uint64_t{1} << (name.hash & 63);
  if ((seen & bit) && count < few_names && !is_new(object, name))
    return fail(begin, "an object has the same member twice", Fault::Kind::duplicate);
  seen |= bit;
  at = skip_space(at);
  if (*at != ':') return fail(at, "':' is expected behind a member's name");
  return skip_space(at + 1);
}

const char* Reader::object(At at, std::size_t depth) {
  if (depth == 0) return too_deep(at);
  Node& self = *to_++;
  std::uint32_t count = 0;
  std::uint64_t seen = 0;
  at = skip_space(at + 1);
  while (*at != '}') {
    if (count == limits_.members) return too_many(at);
    if (!(at = name(at, self, count, seen)) || !(at = value(at, depth - 1))) return nullptr;
    ++count;
    at = skip_space(at);
    if (*at == '}') break;
    if (*at != ',') return fail(at, "',' or '}' is expected in an object");
    at = skip_space(at + 1);
    if (*at == '}') return fail(at, "a member's name is expected");
  }
  self = Node{Kind::object, false, 0, count, {}};
  self.span = static_cast<std::uint64_t>(to_ - &self);
  return count <= few_names || all_distinct(self) ? at + 1 : nullptr;
}

bool Reader::is_new(const Node& object, const Node& name) const noexcept {
  for (const Node* key = object.first(); key != &name; key = key[1].next())
    if (key->hash == name.hash && key->text() == name.text()) return false;
  return true;
}

// Sorted, so that nobody's choice of names makes it slow.
bool Reader::all_distinct(const Node& object) {
  auto& names = document_.names_;
  names.clear();
  for (const Node* key = object.first(); key != object.end(); key = key[1].next()) names.push_back(key);
  std::ranges::sort(names, {}, [](const Node* n) { return n->text(); });
  auto twice = std::ranges::adjacent_find(names, {}, [](const Node* n) { return n->text(); });
  if (twice == names.end()) return true;
  return fail(std::max((*twice)->begin, twice[1][0].begin) - 1, "an object has the same member twice",
              Fault::Kind::duplicate);
}

}  // namespace sluice::json
