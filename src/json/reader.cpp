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
      at_(begin_),
      to_(document.nodes_.get()) {}

std::optional<Fault> Reader::read() {
  skip_space();
  if (!value(limits_.depth)) return fault_;
  skip_space();
  if (at_ != end_) {
    fail("only white space may follow the value");
    return fault_;
  }
  return std::nullopt;
}

inline void Reader::skip_space() noexcept {
  if (is_space(*at_)) at_ = space_end(at_);
}

bool Reader::fail(const char* message, Fault::Kind kind) noexcept {
  return fail_at(at_, message, kind);
}

bool Reader::fail_at(const char* at, const char* message, Fault::Kind kind) noexcept {
  if (at >= end_ && kind == Fault::Kind::malformed) message = "the text ends too early";
  fault_ = {kind, message, static_cast<std::size_t>(std::min<const char*>(at, end_) - begin_)};
  return false;
}

bool Reader::value(std::size_t depth) {
  switch (*at_) {
    case '"':
      return string(*to_++);
    case '{':
      return object(depth);
    case '[':
      return array(depth);
    case 't':
      return literal("true", boolean(true));
    case 'f':
      return literal("false", boolean(false));
    case 'n':
      return literal("null", Node{});
    default:
      return number();
  }
}

bool Reader::literal(std::string_view word, Node what) {
  if (std::memcmp(at_, word.data(), word.size()) != 0) return fail("a value is expected");
  at_ += word.size();
  *to_++ = what;
  return true;
}

inline bool Reader::string(Node& to) {
  const char* begin = ++at_;
  const char* stop = plain_end(begin);
  if (*stop != '"') return string_slowly(to, begin_ + (stop - begin_));
  auto size = static_cast<std::size_t>(stop - begin);
  if (size > limits_.string) return fail("a string is too long", Fault::Kind::limit);
  to.kind = Kind::string;
  to.flag = true;
  to.size = static_cast<std::uint32_t>(size);
  to.begin = begin;
  at_ = stop + 1;
  return true;
}

// Decodes in place: what is decoded is never longer than what stood there.
[[gnu::noinline]] bool Reader::string_slowly(Node& node, char* to) {
  const char* begin = at_;
  const char* at = to;
  bool ascii = true;
  while (*at != '"') {
    if (*at == '\\') {
      if (!escape(at, to)) return false;
    } else if (static_cast<unsigned char>(*at) < ' ') {
      return fail_at(at, "a control character stands in a string");
    } else {
      auto size = utf8_size({at, static_cast<std::size_t>(end_ - at)});
      if (size == 0) return fail_at(at, "a string is no UTF-8");
      std::memmove(to, at, size);
      at += size;
      to += size;
    }
    auto run = static_cast<std::size_t>(plain_end(at) - at);
    if (to != at) std::memmove(to, at, run);
    at += run;
    to += run;
  }
  node.kind = Kind::string;
  node.begin = begin;
  node.size = static_cast<std::uint32_t>(to - begin);
  for (auto c : node.text()) ascii &= static_cast<signed char>(c) >= 0;
  node.flag = ascii;
  if (node.size > limits_.string) return fail("a string is too long", Fault::Kind::limit);
  at_ = at + 1;
  return true;
}

bool Reader::escape(const char*& at, char*& to) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  if (auto known = letters.find(at[1]); known != letters.npos) {
    *to++ = meant[known];
    at += 2;
    return true;
  }
  std::uint32_t code = 0, low = 0;
  if (at[1] != 'u' || !hex4(at + 2, code)) return fail_at(at, "a string has an unknown escape");
  const char* next = at + 6;
  if (code >= 0xd800 && code < 0xdc00 && next[0] == '\\' && next[1] == 'u' && hex4(next + 2, low) &&
      low >= 0xdc00 && low < 0xe000) {
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    next += 6;
  }
  if (code >= 0xd800 && code < 0xe000) return fail_at(at, "half of a surrogate pair stands alone");
  to = put_utf8(to, code);
  at = next;
  return true;
}

// The padding's NULs are no digits, so it never reads behind them.
bool Reader::hex4(const char* at, std::uint32_t& code) {
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

inline bool Reader::number() {
  const char* begin = at_;
  const char* at = begin + (*begin == '-');
  const char* first = at;
  std::uint64_t v = 0;  // may overflow: then it is not used
  for (; is_digit(*at); ++at) v = v * 10 + static_cast<unsigned>(*at - '0');
  auto count = at - first;
  if (count == 0) return fail(at == begin ? "a value is expected" : "a number needs digits");
  if (*first == '0' && count > 1) return fail("a number begins with 0");
  if (*at == '.' || (*at | 0x20) == 'e' || count > 18) return number_slowly(begin, at);
  to_->kind = Kind::integer;
  to_->flag = true;
  to_->mantissa = *begin == '-' ? -static_cast<std::int64_t>(v) : static_cast<std::int64_t>(v);
  ++to_;
  at_ = at;
  return true;
}

[[gnu::noinline]] bool Reader::number_slowly(const char* begin, const char* at) {
  if (*at == '.') {
    const char* fraction = ++at;
    at = digits_end(at);
    if (at == fraction) return fail("digits are expected behind the point");
  }
  if ((*at | 0x20) == 'e') {
    ++at;
    at += *at == '-' || *at == '+';
    const char* exponent = at;
    at = digits_end(at);
    if (at == exponent) return fail("an exponent needs digits");
  }
  auto size = static_cast<std::size_t>(at - begin);
  if (size > limits_.string) return fail("a number is too long", Fault::Kind::limit);
  *to_++ = number_node({begin, size});
  at_ = at;
  return true;
}

inline bool Reader::comma_or(char closing, const char* otherwise, bool& closed) {
  skip_space();
  closed = *at_ == closing;
  if (!closed && *at_ != ',') return fail(otherwise);
  ++at_;
  skip_space();
  return true;
}

inline bool Reader::room_for_another(const Node& container) {
  return container.size < limits_.members ||
         fail("an object or array has too many members", Fault::Kind::limit);
}

bool Reader::array(std::size_t depth) {
  if (depth == 0) return fail("arrays and objects are nested too deep", Fault::Kind::limit);
  Node& self = *to_++;
  self = Node{};
  ++at_;
  skip_space();
  bool closed = *at_ == ']';
  if (closed) ++at_;
  while (!closed) {
    if (!room_for_another(self) || !value(depth - 1)) return false;
    ++self.size;
    if (!comma_or(']', "',' or ']' is expected in an array", closed)) return false;
  }
  self.kind = Kind::array;
  self.span = static_cast<std::uint64_t>(to_ - &self);
  return true;
}

bool Reader::object(std::size_t depth) {
  if (depth == 0) return fail("arrays and objects are nested too deep", Fault::Kind::limit);
  Node& self = *to_++;
  self = Node{};
  ++at_;
  skip_space();
  std::uint64_t seen = 0;
  bool closed = *at_ == '}';
  if (closed) ++at_;
  while (!closed) {
    if (!room_for_another(self) || !name(self, seen) || !value(depth - 1)) return false;
    ++self.size;
    if (!comma_or('}', "',' or '}' is expected in an object", closed)) return false;
  }
  self.kind = Kind::object;
  self.span = static_cast<std::uint64_t>(to_ - &self);
  return self.size <= few_names || all_distinct(self);
}

inline bool Reader::name(Node& object, std::uint64_t& seen) {
  if (*at_ != '"') return fail("a member's name is expected");
  const char* begin = at_;
  Node& name = *to_++;
  if (!string(name)) return false;
  name.hash = name_hash(name.begin, name.size);
  auto bit = std::uint64_t{1} << (name.hash & 63);
  if ((seen & bit) && object.size < few_names && !is_new(object, name))
    return fail_at(begin, "an object has the same member twice", Fault::Kind::duplicate);
  seen |= bit;
  skip_space();
  if (*at_ != ':') return fail("':' is expected behind a member's name");
  ++at_;
  skip_space();
  return true;
}

bool Reader::is_new(const Node& object, const Node& name) noexcept {
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
  return fail_at(std::max((*twice)->begin, twice[1][0].begin) - 1, "an object has the same member twice",
                 Fault::Kind::duplicate);
}

}  // namespace sluice::json
