#include "filters/validate/schema/quick.hpp"

#include <algorithm>

#include "filters/validate/schema/rule.hpp"

namespace sluice::filters::validate {
namespace {

using json::Kind;

void texts(const Rule& rule, Quick& to) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  StringRules any;
  any.only_length = true;
  auto& s = rule.string ? *rule.string : any;
  if (!s.only_length || s.shortest > s.longest || s.shortest > most) return;
  to.shortest = static_cast<std::uint32_t>(s.shortest);
  to.longer_by = static_cast<std::uint32_t>(std::min(s.longest, most) - s.shortest);
}

void integers(const Rule& rule, Quick& to) {
  using Limits = std::numeric_limits<std::int64_t>;
  auto low = rule.number ? rule.number->low : Limits::min();
  auto high = rule.number ? rule.number->high : Limits::max();
  if (low > high) return;
  to.low = low;
  to.higher_by = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
}

std::uint32_t kinds(const Rule& rule) {
  std::uint32_t bits = 0;
  auto add = [&](unsigned types, std::initializer_list<Kind> kinds) {
    if ((rule.types & types) != types || (rule.detailed & types)) return;
    for (auto kind : kinds) bits |= 1u << static_cast<unsigned>(kind);
  };
  add(type_null, {Kind::null});
  add(type_boolean, {Kind::boolean});
  add(type_number, {Kind::decimal, Kind::long_number});
  add(type_string, {Kind::string});
  add(type_array, {Kind::array});
  add(type_object, {Kind::object});
  return bits;
}

}  // namespace

Quick quick_of(const Rule& rule) {
  Quick quick;
  if (!rule.simple) return quick;
  if (rule.types & type_string) texts(rule, quick);
  if (rule.types & type_integer) integers(rule, quick);
  quick.kinds = kinds(rule);
  return quick;
}

}  // namespace sluice::filters::validate
