// One value of a JSON document (RFC 8259). A document is an array of nodes in the order of its text: behind
// an array stand its elements, behind an object its members, each a string node (the name) and its value.
//
//   for (const Node* key = object.first(), *end = object.end(); key != end; key = key[1].next())
//     use(key->text(), key[1]);
//   for (const Node* e = array.first(); e != array.end(); e = e->next()) use(*e);
//
// Numbers are exact. An integer of up to 18 digits is one, however it was written (1.0, 10e-1); any other
// number of up to 18 significant digits is mantissa × 10^exponent; what is longer keeps its text
// (json/number.hpp).
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::json {

enum class Kind : std::uint8_t {
  null,
  boolean,
  integer,
  decimal,      // mantissa × 10^exponent; the mantissa does not end in 0, the exponent is not 0
  long_number,  // more than 18 significant digits: as text
  string,
  array,
  object
};

struct Node {  // Node{} is null
  Kind kind;
  bool flag;           // of a boolean its value; of a string: ASCII only; of a number: an integer
  std::uint16_t hash;  // of a member's name
  std::uint32_t
      size;  // of a string or long number: bytes; members, elements; the bits of a decimal's exponent
  union {
    std::int64_t mantissa;
    const char* begin;
    std::uint64_t span;  // of an array or object: nodes, itself included
  };

  bool is(Kind k) const noexcept { return kind == k; }
  bool is_true() const noexcept { return kind == Kind::boolean && flag; }
  bool is_number() const noexcept { return kind >= Kind::integer && kind <= Kind::long_number; }
  // A string of ASCII only: kind and flag at once.
  bool is_ascii() const noexcept { return static_cast<std::uint16_t>(head()) == ascii_head; }
  bool is_container() const noexcept { return kind >= Kind::array; }
  // Kind, flag, hash and size at once: two names that differ in it are not equal.
  std::uint64_t head() const noexcept {
    std::uint64_t h;
    std::memcpy(&h, this, sizeof h);
    return h;
  }
  static constexpr std::uint16_t ascii_head = static_cast<std::uint16_t>(Kind::string) | 1 << 8;
  std::string_view text() const noexcept { return {begin, size}; }
  std::int32_t exponent() const noexcept { return static_cast<std::int32_t>(size); }

  const Node* first() const noexcept { return this + 1; }
  const Node* end() const noexcept { return this + span; }
  const Node* next() const noexcept { return is_container() ? end() : this + 1; }

  // The member's value, or null; the element, or null. They walk.
  const Node* find(std::string_view name) const noexcept;
  const Node* at(std::size_t index) const noexcept;
};
static_assert(sizeof(Node) == 16);

}  // namespace sluice::json
