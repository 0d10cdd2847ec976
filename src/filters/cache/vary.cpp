#include "filters/cache/vary.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/byte_range.hpp"
#include "http/chars.hpp"
#include "http/content_coding.hpp"
#include "http/weighted.hpp"

namespace sluice::filters::cache {
namespace {

using http::lower;
using http::next_member;
using http::same_name;
using http::Weighted;

// A variant is a line for each field: "name:value", or "name" where the request has no such field. No field
// holds a control character, so a value in normal form starts with one to be no other's letters.
constexpr char end_of_line = '\n';
constexpr char normal_form = '\x01';

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

bool is_called(const Field& f, FieldId id, std::string_view name) noexcept {
  return f.id == id && (id != FieldId::other || same_name(f.name, name));
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

template <class Sink>
void put_lower(Sink& to, std::string_view text) {
  for (char c : text) to.put(lower(c));
}

// To the letter but for white space about commas, outside quotes.
template <class Sink>
class ListWriter {
 public:
  explicit ListWriter(Sink& to) noexcept : to_(to) {}

  void line(std::string_view text) {
    if (!first_) comma();
    first_ = false;
    for (char c : text) character(c);
    blanks_ = 0;
    quoted_ = escaped_ = false;
  }

 private:
  void comma() {
    to_.put(',');
    blanks_ = 0;
    at_start_ = true;
  }
  void character(char c) {
    if (!quoted_ && c == ',') return comma();
    if (!quoted_ && http::is_blank(c)) {
      ++blanks_;
      return;
    }
    for (; blanks_ > 0; --blanks_)
      if (!at_start_) to_.put(' ');
    at_start_ = false;
    quoted_ = quoted_ != (c == '"' && !escaped_);
    escaped_ = quoted_ && c == '\\' && !escaped_;
    to_.put(c);
  }

  Sink& to_;
  unsigned blanks_ = 0;
  bool first_ = true;
  bool at_start_ = true;
  bool quoted_ = false;
  bool escaped_ = false;
};

template <class Sink>
void put_letters(Sink& to, const Fields& request, FieldId id, std::string_view name) {
  ListWriter<Sink> list(to);
  for (auto& f : request)
    if (is_called(f, id, name)) list.line(f.value);
}

// The members of a list with weights, each name once; empty where one is malformed or there are too many of
// them: such a list has no normal form.
class Preferences {
 public:
  static constexpr std::size_t most = 16;

  bool read(const Fields& request, FieldId id) noexcept {
    for (auto& f : request) {
      if (f.id != id) continue;
      for (auto list = f.value; !list.empty();)
        if (auto member = next_member(list); !member.empty() && !add(member, id)) return false;
    }
    return true;
  }
  std::span<Weighted> members() noexcept { return {all_.data(), count_}; }
  const Weighted* find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (same_name(all_[i].value, name)) return &all_[i];
    return nullptr;
  }

 private:
  bool add(std::string_view text, FieldId id) noexcept {
    auto member = http::read_weighted(text);
    if (!member || count_ == most) return false;
    if (id == FieldId::accept_encoding) member->value = in_one_spelling(member->value);
    if (!find(member->value)) all_[count_++] = *member;
    return true;
  }
  static std::string_view in_one_spelling(std::string_view name) noexcept {
    auto coding = http::coding_of(name);
    return coding ? http::name_of(*coding) : name;
  }

  std::array<Weighted, most> all_;
  std::size_t count_ = 0;
};

bool earlier(std::string_view a, std::string_view b) noexcept {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

// "br,gzip"; what is excluded shows where it would else be acceptable: "!identity", "!gzip,*".
template <class Sink>
bool put_codings(Sink& to, const Fields& request) {
  Preferences codings;
  if (!codings.read(request, FieldId::accept_encoding)) return false;
  auto members = codings.members();
  std::ranges::sort(members, earlier, &Weighted::value);
  auto* others = codings.find("*");
  auto* identity = codings.find("identity");
  bool no_identity = identity ? identity->weight == 0 : others && others->weight == 0;
  bool any = others && others->weight > 0;
  to.put(normal_form);
  if (no_identity) put_lower(to, "!identity,");
  for (auto& m : members) {
    if (&m == identity || (m.weight == 0 && (!any || &m == others))) continue;
    if (m.weight == 0) to.put('!');
    put_lower(to, m.value);
    to.put(',');
  }
  return true;
}

// "de,en-us,en;500".
template <class Sink>
bool put_languages(Sink& to, const Fields& request) {
  Preferences languages;
  if (!languages.read(request, FieldId::accept_language)) return false;
  auto members = languages.members();
  std::ranges::sort(members, [](const Weighted& a, const Weighted& b) {
    return a.weight != b.weight ? a.weight > b.weight : earlier(a.value, b.value);
  });
  to.put(normal_form);
  for (auto& m : members) {
    put_lower(to, m.value);
    to.put(';');
    char digits[8];
    auto* end = std::to_chars(digits, digits + sizeof digits, m.weight).ptr;
    put_lower(to, {digits, static_cast<std::size_t>(end - digits)});
  }
  return true;
}

template <class Sink>
void put_value(Sink& to, const Fields& request, FieldId id, std::string_view name) {
  bool put = (id == FieldId::accept_encoding && put_codings(to, request)) ||
             (id == FieldId::accept_language && put_languages(to, request));
  if (!put) put_letters(to, request, id, name);
}

bool has(const Fields& request, FieldId id, std::string_view name) noexcept {
  return std::ranges::any_of(request, [&](auto& f) { return is_called(f, id, name); });
}

bool likes_best(const Fields& request, std::string_view language) noexcept {
  Preferences languages;
  if (language.empty() || !languages.read(request, FieldId::accept_language)) return false;
  auto* wanted = languages.find(language);
  if (!wanted || wanted->value == "*") return false;
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
  put_value(value, request, id, name);
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
      put_value(to, request, id, name);
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
