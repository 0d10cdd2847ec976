#include "json/equal.hpp"

#include <cstring>
#include <random>

#include "json/number.hpp"

namespace sluice::json {
namespace {

__extension__ typedef unsigned __int128 Wide;

std::uint64_t random_word() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

const std::uint64_t seed = random_word();
const std::uint64_t other_seed = random_word() | 1;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  auto product = Wide{a ^ seed} * (b ^ other_seed);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_text(std::string_view text) noexcept {
  auto h = mix(text.size(), 1);
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    h = mix(h ^ word, 2);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return mix(h ^ rest, 3);
}

std::uint64_t hash_number(const Node& n) noexcept {
  if (n.is(Kind::integer)) return mix(static_cast<std::uint64_t>(n.mantissa), 4);
  Decimal d(n);
  auto h = mix(static_cast<std::uint64_t>(d.exponent), d.negative ? 5 : 6);
  for (char c : d.digits)
    if (c != '.') h = mix(h ^ static_cast<unsigned char>(c), 7);
  return h;
}

bool same_members(const Node& a, const Node& b) noexcept {
  const Node* other = b.first();
  for (const Node* key = a.first(); key != a.end(); key = key[1].next()) {
    // Mostly they stand in the same order.
    bool here = other != b.end() && other->text() == key->text();
    const Node* value = here ? other + 1 : b.find(key->text());
    if (!value || !equal(key[1], *value)) return false;
    if (other != b.end()) other = other[1].next();
  }
  return true;
}

bool same_elements(const Node& a, const Node& b) noexcept {
  const Node* other = b.first();
  for (const Node* e = a.first(); e != a.end(); e = e->next(), other = other->next())
    if (!equal(*e, *other)) return false;
  return true;
}

}  // namespace

bool equal(const Node& a, const Node& b) noexcept {
  if (a.kind != b.kind) return false;  // what two kinds of number have in common is nothing
  switch (a.kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.flag == b.flag;
    case Kind::integer:
      return a.mantissa == b.mantissa;
    case Kind::decimal:
      return a.mantissa == b.mantissa && a.size == b.size;
    case Kind::long_number:
      return compare(a, b) == 0;
    case Kind::string:
      return a.text() == b.text();
    case Kind::array:
      return a.size == b.size && same_elements(a, b);
    case Kind::object:
      return a.size == b.size && same_members(a, b);
  }
  return false;
}

std::uint64_t hash(const Node& v) noexcept {
  auto h = mix(static_cast<std::uint64_t>(v.kind), 8);
  switch (v.kind) {
    case Kind::null:
      return h;
    case Kind::boolean:
      return mix(h, v.flag);
    case Kind::integer:
    case Kind::decimal:
    case Kind::long_number:
      return hash_number(v);
    case Kind::string:
      return hash_text(v.text());
    case Kind::array:
      for (const Node* e = v.first(); e != v.end(); e = e->next()) h = mix(h, hash(*e));
      return h;
    case Kind::object:
      for (const Node* key = v.first(); key != v.end(); key = key[1].next())
        h += mix(hash_text(key->text()), hash(key[1]));
      return h;
  }
  return h;
}

}  // namespace sluice::json
