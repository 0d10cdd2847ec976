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
inline FieldLine read_field_line(const char* at, const char* last, Field& field) noexcept {
  const char* colon = token_end(at, last);
  if (colon == last) return {};
  if (*colon != ':' || colon == at) return {nullptr, detail::name_fault(colon == at, *colon)};
  const char* value = colon + 1;
  while (value != last && is_blank(*value)) ++value;
  const char* stop = text_end(value, last);
  if (stop == last) return {};
  if (*stop != '\r') return {nullptr, detail::value_fault(*stop)};
  if (stop + 1 == last) return {};
  if (stop[1] != '\n') return {nullptr, "bare_cr"};
  const char* end = stop;
  while (end != value && is_blank(end[-1])) --end;
  field.name = {at, static_cast<std::size_t>(colon - at)};
  field.value = {value, static_cast<std::size_t>(end - value)};
  field.id = field_id(field.name);
  return {stop + 2, nullptr};
}

}  // namespace sluice::http
