#include "http/cache_control.hpp"

#include <algorithm>
#include <charconv>

#include "http/chars.hpp"
#include "http/dictionary.hpp"
#include "http/words.hpp"

namespace sluice::http {
namespace {

using Seconds = CacheControl::Seconds;
using Source = CacheControl::Source;

struct Flag {
  std::string_view name;
  bool CacheControl::*at;
};
constexpr Flag flags[] = {{"no-store", &CacheControl::no_store},
                          {"no-transform", &CacheControl::no_transform},
                          {"only-if-cached", &CacheControl::only_if_cached},
                          {"must-revalidate", &CacheControl::must_revalidate},
                          {"must-understand", &CacheControl::must_understand},
                          {"proxy-revalidate", &CacheControl::proxy_revalidate},
                          {"public", &CacheControl::is_public},
                          {"immutable", &CacheControl::immutable}};

struct Span {
  std::string_view name;
  std::optional<Seconds> CacheControl::*at;
};
constexpr Span spans[] = {{"max-age", &CacheControl::max_age},
                          {"s-maxage", &CacheControl::s_maxage},
                          {"min-fresh", &CacheControl::min_fresh},
                          {"max-stale", &CacheControl::max_stale},
                          {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
                          {"stale-if-error", &CacheControl::stale_if_error}};

// Those that may say for which fields they are meant.
struct Qualified {
  std::string_view name;
  bool CacheControl::*whole;
  std::string_view CacheControl::*list;
};
constexpr Qualified qualified[] = {{"no-cache", &CacheControl::no_cache, &CacheControl::no_cache_fields},
                                   {"private", &CacheControl::is_private, &CacheControl::private_fields}};

template <class Table>
constexpr auto find(const Table& table, std::string_view name) noexcept {
  return std::ranges::find_if(table, [name](auto& entry) { return same_name(entry.name, name); });
}

constexpr bool is_list_of_names(std::string_view text) noexcept {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_tchar(c) || is_blank(c) || c == ','; });
}

// A list that cannot be read, or a second one, is heard as if no list was there: that forbids more.
void note_list(CacheControl& says, const Qualified& directive, std::string_view list) noexcept {
  auto& held = says.*directive.list;
  if (is_list_of_names(list) && held.empty())
    held = list;
  else
    says.*directive.whole = true;
}

struct Directive {
  std::string_view name;
  std::string_view value;  // without quotes
  bool has_value = false;
  bool clean = true;  // no white space about `=`, nothing behind a closing quote
};

// The members of one line. White space and quotes are taken where they do not belong, and remembered.
class Directives {
 public:
  explicit Directives(std::string_view line) noexcept : left_(line) {}

  bool next(Directive& d) noexcept {
    while (!left_.empty() && (is_blank(left_.front()) || left_.front() == ',')) left_.remove_prefix(1);
    if (left_.empty()) return false;
    auto end = std::min(left_.find_first_of("=,"), left_.size());
    auto name = take(end);
    d = {trim(name), {}, left_.starts_with('=')};
    if (!d.has_value) return true;
    left_.remove_prefix(1);
    d.clean = d.name.size() == name.size();
    read_value(d);
    return true;
  }

 private:
  std::string_view take(std::size_t size) noexcept {
    auto taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return taken;
  }
  void read_value(Directive& d) noexcept {
    auto before = left_.size();
    while (!left_.empty() && is_blank(left_.front())) left_.remove_prefix(1);
    d.clean = d.clean && left_.size() == before;
    if (auto size = quoted_size(); size > 0) {
      d.value = take(size).substr(1, size - 2);
      d.clean = trim(take(left_.find(','))).empty() && d.clean;
    } else {
      d.value = trim(take(left_.find(',')));
    }
  }
  // Zero: it is not quoted, or the quote is never closed, and then means nothing.
  std::size_t quoted_size() const noexcept {
    if (!left_.starts_with('"')) return 0;
    for (std::size_t i = 1; i < left_.size(); ++i) {
      if (left_[i] == '"') return i + 1;
      if (left_[i] == '\\') ++i;
    }
    return 0;
  }

  std::string_view left_;
};

void note(CacheControl& says, const Directive& d) noexcept {
  if (auto flag = find(flags, d.name); flag != std::end(flags)) {
    says.*flag->at = true;
  } else if (auto span = find(spans, d.name); span != std::end(spans)) {
    auto& held = says.*span->at;
    if (held) return;
    bool any = !d.has_value && span->at == &CacheControl::max_stale;
    held =
        any ? CacheControl::forever : (d.clean ? read_seconds(d.value) : std::nullopt).value_or(Seconds(0));
  } else if (auto list = find(qualified, d.name); list != std::end(qualified)) {
    if (d.has_value && d.clean)
      note_list(says, *list, d.value);
    else
      says.*list->whole = true;
  }
}

Source source_of(FieldId id) noexcept {
  switch (id) {
    case FieldId::cdn_cache_control:
      return Source::cdn_cache_control;
    case FieldId::surrogate_control:
      return Source::surrogate_control;
    default:
      return Source::cache_control;
  }
}

// False: a known directive has a value of another type than it is defined with (RFC 9213 §2.1). Of a key that
// is given twice the last counts (RFC 8941 §3.2).
bool note(CacheControl& says, const DictionaryReader::Member& m) noexcept {
  using Type = DictionaryReader::Type;
  if (auto flag = find(flags, m.key); flag != std::end(flags)) {
    says.*flag->at = m.text == "?1";
    return m.type == Type::boolean;
  }
  if (auto span = find(spans, m.key); span != std::end(spans)) {
    says.*span->at = read_seconds(m.text).value_or(Seconds(0));
    return m.type == Type::integer;
  }
  if (auto list = find(qualified, m.key); list != std::end(qualified)) {
    says.*list->list = {};
    says.*list->whole = m.text == "?1";
    if (m.type == Type::string) note_list(says, *list, m.text);
    return m.type == Type::boolean || m.type == Type::string;
  }
  return true;
}

// Surrogate-Control as its note describes it (Edge Architecture 1.0, §2.3): `max-age=60+30` is fresh for 60
// and may be stale for 30 where the origin fails; `;name` is for the surrogate of that name alone.
bool is_for_another(std::string_view& value) noexcept {
  auto semicolon = value.find(';');
  if (semicolon == value.npos) return false;
  auto target = trim(value.substr(semicolon + 1));
  value = trim(value.substr(0, semicolon));
  return !same<"sluice">(target);
}

void note_surrogate(CacheControl& says, Directive d) noexcept {
  if (is_for_another(d.has_value ? d.value : d.name)) return;
  auto plus = d.value.find('+');
  if (plus != d.value.npos && same<"max-age">(d.name)) {
    if (!says.stale_if_error) says.stale_if_error = read_seconds(d.value.substr(plus + 1));
    d.value = d.value.substr(0, plus);
  }
  if (same<"no-store-remote">(d.name)) d.name = "no-store";
  note(says, d);
}

}  // namespace

std::optional<Seconds> read_seconds(std::string_view text) noexcept {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::int64_t n = 0;
  auto error = std::from_chars(text.data(), text.data() + text.size(), n).ec;
  if (error == std::errc::result_out_of_range) return CacheControl::forever;
  return std::min(Seconds(n), CacheControl::forever);
}

CacheControl read_directives(const Fields& fields, FieldId id) noexcept {
  CacheControl says;
  for (auto& f : fields) {
    if (f.id != id) continue;
    Directives line(f.value);
    for (Directive d; line.next(d); says.source = source_of(id))
      id == FieldId::surrogate_control ? note_surrogate(says, d) : note(says, d);
  }
  return says;
}

CacheControl read_targeted_directives(const Fields& fields, FieldId id) noexcept {
  CacheControl says;
  for (auto& f : fields) {
    if (f.id != id) continue;
    DictionaryReader line(f.value);
    for (DictionaryReader::Member m; line.next(m); says.source = source_of(id))
      if (!note(says, m)) return {};
    if (!line.good()) return {};
  }
  return says;
}

CacheControl request_directives(const Fields& request) noexcept {
  auto asks = read_directives(request, FieldId::cache_control);
  if (asks.source == Source::none && !request.has(FieldId::cache_control))
    asks.no_cache = read_directives(request, FieldId::pragma).no_cache;
  return asks;
}

CacheControl response_directives(const Fields& response) noexcept {
  auto says = read_targeted_directives(response, FieldId::cdn_cache_control);
  if (says.source == Source::none) says = read_directives(response, FieldId::surrogate_control);
  if (says.source == Source::none) says = read_directives(response, FieldId::cache_control);
  return says;
}

bool names_field(std::string_view list, std::string_view name) noexcept {
  while (!list.empty())
    if (same_name(next_member(list), name)) return true;
  return false;
}

}  // namespace sluice::http
