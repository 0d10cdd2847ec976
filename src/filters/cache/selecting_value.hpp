// The value of a request's field that a response varies on, in normal form (RFC 9111 §4.1): lines of one name
// are one list, without white space about its commas; Accept-Encoding is the set of codings that are
// acceptable; Accept-Language is in lower case and in the order of its weights. What has no such form, since
// it is malformed or too long, is taken to the letter.
//
//   put_selecting_value(sink, request.fields, field_id(name), name);      // sink.put(c) for each character
#pragma once
#include <algorithm>
#include <charconv>
#include <string_view>

#include "filters/cache/preferences.hpp"
#include "http/chars.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::cache {

// No field holds a control character: a value in a form of its own starts with one, to be no other's letters.
inline constexpr char own_form = '\x01';

inline bool is_called(const Field& f, FieldId id, std::string_view name) noexcept {
  return f.id == id && (id != FieldId::other || http::same_name(f.name, name));
}

template <class Sink>
void put_lower(Sink& to, std::string_view text) {
  for (char c : text) to.put(http::lower(c));
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

inline bool earlier(std::string_view a, std::string_view b) noexcept {
  return std::ranges::lexicographical_compare(a, b, {}, http::lower, http::lower);
}

// "br,gzip"; what is excluded shows where it would else be acceptable: "!identity", "!gzip,*".
template <class Sink>
bool put_codings(Sink& to, const Fields& request) {
  Preferences codings;
  if (!codings.read(request, FieldId::accept_encoding)) return false;
  auto members = codings.members();
  std::ranges::sort(members, earlier, &http::Weighted::value);
  auto* others = codings.find("*");
  auto* identity = codings.find("identity");
  bool no_identity = identity ? identity->weight == 0 : others && others->weight == 0;
  bool any = others && others->weight > 0;
  to.put(own_form);
  if (no_identity) put_lower(to, "!identity,");
  for (auto& m : members) {
    if (&m == identity || (m.weight == 0 && (!any || &m == others))) continue;
    if (m.weight == 0) to.put('!');
    put_lower(to, m.value);
    to.put(',');
  }
  return true;
}

// "de;1000,en-us;1000,en;500,".
template <class Sink>
bool put_languages(Sink& to, const Fields& request) {
  Preferences languages;
  if (!languages.read(request, FieldId::accept_language)) return false;
  auto members = languages.members();
  std::ranges::sort(members, [](const http::Weighted& a, const http::Weighted& b) {
    return a.weight != b.weight ? a.weight > b.weight : earlier(a.value, b.value);
  });
  to.put(own_form);
  for (auto& m : members) {
    put_lower(to, m.value);
    to.put(';');
    char digits[8];
    auto* end = std::to_chars(digits, digits + sizeof digits, m.weight).ptr;
    put_lower(to, {digits, static_cast<std::size_t>(end - digits)});
    to.put(',');
  }
  return true;
}

template <class Sink>
void put_selecting_value(Sink& to, const Fields& request, FieldId id, std::string_view name) {
  bool put = (id == FieldId::accept_encoding && put_codings(to, request)) ||
             (id == FieldId::accept_language && put_languages(to, request));
  if (!put) put_letters(to, request, id, name);
}

}  // namespace sluice::filters::cache
