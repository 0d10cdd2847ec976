#include "filters/cache/vary.hpp"

#include <algorithm>

#include "filters/cache/selecting_value.hpp"
#include "http/byte_range.hpp"
#include "http/chars.hpp"

namespace sluice::filters::cache {
namespace {

using http::next_member;
using http::same_name;

// A variant is a line for each field: "name:value", or "name" where the request has no such field.
constexpr char end_of_line = '\n';

bool is_name(std::string_view text) noexcept {
  return std::ranges::all_of(text, http::is_tchar);
}

bool lists(std::span<const std::string_view> names, std::string_view name) noexcept {
  return std::ranges::any_of(names, [name](auto other) { return same_name(other, name); });
}

// What is once `any` stays so.
void add(Vary& vary, std::string_view name) noexcept {
  if (vary.kind == Vary::Kind::any || lists(vary.names(), name)) return;
  bool fits = name != "*" && is_name(name) && vary.count < Vary::max_names;
  vary.kind = fits ? Vary::Kind::fields : Vary::Kind::any;
  if (fits) vary.all[vary.count++] = name;
}

// Where normal forms are written to: a text, or a text that they are compared with.
struct Writing {
  std::string& text;
  void put(char c) { text += c; }
};
struct Comparing {
  std::string_view left;
  bool same = true;
  void put(char c) noexcept {
    same = same && left.starts_with(c);
    if (same) left.remove_prefix(1);
  }
  bool matched() const noexcept { return same && left.empty(); }
};

bool has(const Fields& request, FieldId id, std::string_view name) noexcept {
  return std::ranges::any_of(request, [&](auto& f) { return is_called(f, id, name); });
}

bool likes_best(const Fields& request, std::string_view language) noexcept {
  Preferences languages;
  if (language.empty() || !languages.read(request, FieldId::accept_language)) return false;
  auto* wanted = languages.find(language);
  if (!wanted || wanted->value == "*" || wanted->weight == 0) return false;
  return std::ranges::none_of(languages.members(),
                              [&](auto& m) { return &m != wanted && m.weight >= wanted->weight; });
}

// What came of a part may be less than it was said to be.
bool holds(const Nature& stored, const Fields& request) noexcept {
  auto said = http::read_content_range(stored.content_range);
  if (!said || stored.size == 0 || stored.size == unknown_length) return false;
  auto last = std::min(said->part.last, said->part.first + stored.size - 1);
  return http::range_within(request, {said->part.first, last}, said->length).has_value();
}

bool meets(FieldId id, const Nature& stored, const Fields& request) noexcept {
  if (id == FieldId::accept_language) return likes_best(request, stored.content_language);
  return id == FieldId::range && holds(stored, request);
}

bool same_field(std::string_view line, const Fields& request, const Nature& stored) noexcept {
  auto colon = line.find(':');
  auto name = line.substr(0, colon);
  auto id = field_id(name);
  bool there = has(request, id, name);
  if (colon == line.npos || !there) return there == (colon != line.npos);
  if (id == FieldId::range && request.has(FieldId::if_range)) return false;
  Comparing value{line.substr(colon + 1)};
  put_selecting_value(value, request, id, name);
  return value.matched() || meets(id, stored, request);
}

}  // namespace

Vary read_vary(const Fields& response) noexcept {
  Vary vary;
  for (auto& f : response) {
    if (f.id != FieldId::vary) continue;
    for (auto list = f.value; !list.empty();)
      if (auto name = next_member(list); !name.empty()) add(vary, name);
  }
  return vary;
}

Vary read_vary(std::uint16_t status, const Fields& response) noexcept {
  auto vary = read_vary(response);
  if (status == 206) add(vary, "Range");
  return vary;
}

std::string variant_of(const Vary& vary, const Fields& request) {
  std::string text;
  Writing to{text};
  for (auto name : vary.names()) {
    auto id = field_id(name);
    put_lower(to, name);
    if (has(request, id, name)) {
      to.put(':');
      put_selecting_value(to, request, id, name);
    }
    to.put(end_of_line);
  }
  return text;
}

bool same_variant(std::string_view variant, const Fields& request, const Nature& stored) noexcept {
  while (!variant.empty()) {
    auto end = variant.find(end_of_line);
    if (!same_field(variant.substr(0, end), request, stored)) return false;
    variant.remove_prefix(std::min(end, variant.size() - 1) + 1);
  }
  return true;
}

bool keeps_vary(const Fields& answer, const Fields& stored) noexcept {
  if (!answer.has(FieldId::vary)) return true;
  auto one = read_vary(answer);
  auto other = read_vary(stored);
  return one.kind == other.kind && one.count == other.count &&
         std::ranges::all_of(one.names(), [&](auto name) { return lists(other.names(), name); });
}

}  // namespace sluice::filters::cache
