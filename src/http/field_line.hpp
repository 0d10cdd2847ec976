// One field line (RFC 9112 §5), of a head or of a trailer section.
#pragma once
#include <string_view>

#include "http/chars.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

struct FieldLine {
  const char* next = nullptr;   // after its CRLF; null: incomplete, or a fault
  const char* fault = nullptr;  // a literal
};

namespace detail {

inline const char* name_fault(bool empty, char stop) noexcept {
  if (empty && is_blank(stop)) return "obs_fold";
  if (empty && stop == ':') return "empty_field_name";
  if (is_blank(stop)) return "space_in_field_name";
  if (stop == '\r' || stop == '\n') return "field_without_colon";
  return "bad_field_name";
}

inline const char* value_fault(char stop) noexcept {
  return stop == '\n' ? "bare_lf" : "control_in_field";
}

}  // namespace detail

// Reads the line at `at`, which is neither `last` nor an empty line, into `field`.
[[gnu::always_inline]] inline FieldLine read_field_line(const char* at, const char* last,
                                                        Field& field) noexcept {
  // A name that is known needs no look at its characters.
  const char* colon = find_or_end<':'>(at, last);
  field.name = {at, static_cast<std::size_t>(colon - at)};
  field.id = colon == last ? FieldId::other : field_id(field.name);
  if (field.id == FieldId::other) {
    const char* stop = token_end(at, colon);
    if (stop == last) return {};
    if (stop != colon || colon == at) return {nullptr, detail::name_fault(stop == at, *stop)};
  }
  const char* value = colon + 1;
  if (value != last && *value == ' ') ++value;  // nearly always the one and only
  while (value != last && is_blank(*value)) ++value;
  const char* stop = text_end(value, last);
  if (last - stop < 2) {
    if (stop == last || *stop == '\r') return {};
    return {nullptr, detail::value_fault(*stop)};
  }
  if (stop[0] != '\r') return {nullptr, detail::value_fault(*stop)};
  if (stop[1] != '\n') return {nullptr, "bare_cr"};
  const char* end = stop;
  while (end != value && is_blank(end[-1])) --end;
  field.value = {value, static_cast<std::size_t>(end - value)};
  return {stop + 2, nullptr};
}

}  // namespace sluice::http
