#include "json/reader.hpp"

#include <algorithm>
#include <cstring>

#include "json/number.hpp"
#include "json/scan.hpp"
#include "json/utf8.hpp"

namespace sluice::json {
namespace {

constexpr unsigned few_names = 32;

constexpr Place failed = {nullptr, nullptr};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

const char* digits_end(const char* at) noexcept {
  while (is_digit(*at)) ++at;
  return at;
}

// Two values apart, not one Place: so they stay in registers.
inline bool move_to(Place p, const char*& at, Node*& to) noexcept {
  at = p.at;
  to = p.to;
  return at != nullptr;
}

void put_container(Node& to, Kind kind, std::uint32_t count, const Node* end) noexcept {
  to = Node{kind, false, 0, count, {}};
  to.span = static_cast<std::uint64_t>(end - &to);
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
    : document_(document), limits_(limits), begin_(document.text_.get()), end_(begin_ + size) {}

std::optional<Fault> Reader::read() {
  At at = skip_space(begin_);
  Node* to = document_.nodes_.get();
  if (!value(at, to, limits_.depth)) return fault_;
  at = skip_space(at);
  if (at == end_) return std::nullopt;
  fail(at, "only white space may follow the value");
  return fault_;
}

[[gnu::cold, gnu::noinline]] Place Reader::fail(At at, const char* message, Fault::Kind kind) noexcept {
  if (at >= end_ && kind == Fault::Kind::malformed) message = "the text ends too early";
  fault_ = {kind, message, static_cast<std::size_t>(std::min<At>(at, end_) - begin_)};
  return failed;
}
Place Reader::too_deep(At at) noexcept {
  return fail(at, "arrays and objects are nested too deep", Fault::Kind::limit);
}
Place Reader::too_many(At at) noexcept {
  return fail(at, "an object or array has too many members", Fault::Kind::limit);
}

[[gnu::always_inline]] inline bool Reader::string(At& at, Node*& to, bool is_name) {
  At begin = at + 1;
  At stop = plain_end(begin);
  if (*stop != '"') [[unlikely]]
    return move_to(string_slowly({stop, to}, begin, is_name), at, to);
  auto size = static_cast<std::size_t>(stop - begin);
  if (size > limits_.string) [[unlikely]]
    return fail(begin, "a string is too long", Fault::Kind::limit), false;
  auto hash = is_name ? name_hash(begin, size) : std::uint16_t{0};
  *to = Node{Kind::string, true, hash, static_cast<std::uint32_t>(size), {}};
  to++->begin = begin;
  at = stop + 1;
  return true;
}

[[gnu::always_inline]] inline bool Reader::value(At& at, Node*& to, std::size_t depth) {
  if (*at == '"') return string(at, to, false);
  return move_to(is_digit(*at) ? number({at, to}) : other_value({at, to}, depth), at, to);
}

Place Reader::any_value(Place p, std::size_t depth) {
  return value(p.at, p.to, depth) ? p : failed;
}

Place Reader::other_value(Place p, std::size_t depth) {
  switch (*p.at) {
    case '{':
      return object(p, depth);
    case '[':
      return array(p, depth);
    case 't':
      return literal(p, "true", boolean(true));
    case 'f':
      return literal(p, "false", boolean(false));
    case 'n':
      return literal(p, "null", Node{});
    default:
      return number(p);
  }
}

inline Place Reader::literal(Place p, std::string_view word, Node what) {
  if (std::memcmp(p.at, word.data(), word.size()) != 0) return fail(p.at, "a value is expected");
  *p.to = what;
  return {p.at + word.size(), p.to + 1};
}

// Decodes in place: what is decoded is never longer than what stood there.
[[gnu::noinline]] Place Reader::string_slowly(Place p, At begin, bool is_name) {
  At at = p.at;
  char* to = begin_ + (at - begin_);
  while (*at != '"') {
    if (*at == '\\') {
      changed_ = at;
      if (!escape(at, to)) return failed;
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
  auto& node = *p.to;
  node = Node{Kind::string, false, 0, static_cast<std::uint32_t>(to - begin), {}};
  node.begin = begin;
  if (is_name) node.hash = name_hash(begin, node.size);
  node.flag = std::ranges::all_of(node.text(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (node.size > limits_.string) return fail(begin, "a string is too long", Fault::Kind::limit);
  return {at + 1, p.to + 1};
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
  if (at[1] != 'u' || !hex4(at + 2, code)) return fail(at, "a string has an unknown escape"), false;
  At next = at + 6;
  if (code >= 0xd800 && code < 0xdc00 && next[0] == '\\' && next[1] == 'u' && hex4(next + 2, low) &&
      low >= 0xdc00 && low < 0xe000) {
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    next += 6;
  }
  if (code >= 0xd800 && code < 0xe000) return fail(at, "half of a surrogate pair stands alone"), false;
  to = put_utf8(to, code);
  at = next;
  return true;
}

[[gnu::noinline]] Place Reader::number(Place p) {
  std::int64_t value;
  At end = short_integer_end(p.at, value);
  if (!end) return any_number(p);
  *p.to = Node{Kind::integer, true, 0, 0, {value}};
  return {end, p.to + 1};
}

Place Reader::any_number(Place p) {
  At begin = p.at, at = begin + (*begin == '-'), first = at;
  std::uint64_t v = 0;  // may overflow: then it is not used
  for (; is_digit(*at); ++at) v = v * 10 + digit(*at);
  auto count = at - first;
  if (count == 0) return fail(begin, at == begin ? "a value is expected" : "a number needs digits");
  if (*first == '0' && count > 1) return fail(begin, "a number begins with 0");
  std::int32_t exponent = 0;
  if (*at == '.') {
    At point = at++;
    for (; is_digit(*at); ++at) v = v * 10 + digit(*at);
    exponent = static_cast<std::int32_t>(point + 1 - at);
    if (exponent == 0) return fail(begin, "digits are expected behind the point");
    count -= exponent;
  }
  if ((*at | 0x20) == 'e' || count > 18) return number_slowly(p, at);
  auto mantissa = static_cast<std::int64_t>(v);
  *p.to = decimal_node(*begin == '-' ? -mantissa : mantissa, exponent);
  return {at, p.to + 1};
}

[[gnu::noinline]] Place Reader::number_slowly(Place p, At at) {
  if ((*at | 0x20) == 'e') {
    ++at;
    at += *at == '-' || *at == '+';
    At exponent = at;
    at = digits_end(at);
    if (at == exponent) return fail(p.at, "an exponent needs digits");
  }
  auto size = static_cast<std::size_t>(at - p.at);
  if (size > limits_.string) return fail(p.at, "a number is too long", Fault::Kind::limit);
  *p.to = number_node({p.at, size});
  return {at, p.to + 1};
}

Place Reader::array(Place p, std::size_t depth) {
  if (depth == 0) return too_deep(p.at);
  At at = skip_space(p.at + 1);
  Node* to = p.to + 1;
  std::uint32_t count = 0;
  for (bool more = *at != ']'; more; ++count) {
    if (count == limits_.members) return too_many(at);
    if (!value(at, to, depth - 1)) return failed;
    more = goes_on(at);
  }
  if (*at != ']') return fail(at, "',' or ']' is expected in an array");
  put_container(*p.to, Kind::array, count, to);
  return {at + 1, to};
}

// A name with the colon behind it. Names of the same hash are compared; of 64 bits, each stands for some
// hashes.
[[gnu::always_inline]] inline bool Reader::name(At& at, Node*& to, const Node& object, std::uint32_t count,
                                                std::uint64_t& seen) {
  if (*at != '"') return fail(at, "a member's name is expected"), false;
  At begin = at;
  const Node& name = *to;
  if (!string(at, to, true)) return false;
  auto bit = std::uint64_t{1} << (name.hash & 63);
  if ((seen & bit) && count < few_names && !is_new(object, name)) [[unlikely]]
    return fail(begin, "an object has the same member twice", Fault::Kind::duplicate), false;
  seen |= bit;
  if (*at != ':') at = skip_space(at);
  if (*at != ':') return fail(at, "':' is expected behind a member's name"), false;
  at = next_word(at + 1);
  return true;
}

Place Reader::object(Place p, std::size_t depth) {
  if (depth == 0) return too_deep(p.at);
  At at = skip_space(p.at + 1);
  Node* to = p.to + 1;
  std::uint32_t count = 0;
  std::uint64_t seen = 0;
  for (bool more = *at != '}'; more; ++count) {
    if (count == limits_.members) return too_many(at);
    if (!name(at, to, *p.to, count, seen) || !value(at, to, depth - 1)) return failed;
    more = goes_on(at);
  }
  if (*at != '}') return fail(at, "',' or '}' is expected in an object");
  put_container(*p.to, Kind::object, count, to);
  return count <= few_names || all_distinct(*p.to) ? Place{at + 1, to} : failed;
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
  fail(std::max((*twice)->begin, twice[1][0].begin) - 1, "an object has the same member twice",
       Fault::Kind::duplicate);
  return false;
}

}  // namespace sluice::json
