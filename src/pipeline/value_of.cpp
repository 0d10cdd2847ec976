#include "sluice/value_of.hpp"

#include <algorithm>
#include <charconv>

#include "http/chars.hpp"
#include "http/query.hpp"

namespace sluice {
namespace {

std::string_view or_none(std::string_view text) noexcept {
  return text.empty() ? std::string_view() : text;
}

// RFC 6265 §5.4: pairs between semicolons. A client of HTTP/2 may have cut the field into several lines.
std::string_view cookie_of(const Fields& fields, std::string_view name) noexcept {
  for (auto& f : fields) {
    if (f.id != FieldId::cookie) continue;
    for (auto left = f.value; !left.empty();) {
      auto end = std::min(left.find(';'), left.size());
      auto pair = left.substr(0, end);
      left.remove_prefix(std::min(end + 1, left.size()));
      auto equals = pair.find('=');
      if (equals != pair.npos && http::trim(pair.substr(0, equals)) == name)
        return http::trim(pair.substr(equals + 1));
    }
  }
  return {};
}

std::string_view query_of(const Request& request, std::string_view name, Arena& arena) {
  http::QueryCursor cursor(request.query, arena);
  while (auto parameter = cursor.next())
    if (parameter->key == name) return parameter->value.data() ? parameter->value : std::string_view("", 0);
  return {};
}

std::string_view header_of(const Request& request, const Variable& variable) noexcept {
  switch (variable.field()) {
    case FieldId::host:
      return or_none(request.authority);
    case FieldId::other:
      return request.fields.get(variable.name());
    default:
      return request.fields.get(variable.field());
  }
}

std::string_view parameter_of(const Exchange& x, std::string_view name) noexcept {
  for (auto& p : x.parameters)
    if (p.name == name) return p.value.data() ? p.value : std::string_view("", 0);
  return {};
}

// Seconds with six digits behind the point.
std::string_view write_seconds(Duration taken, Arena& arena) {
  constexpr std::size_t room = 32;
  auto micros = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
  micros = std::max<decltype(micros)>(micros, 0);
  char* text = arena.bytes(room);
  char* to = std::to_chars(text, text + room, micros / 1'000'000).ptr;
  *to++ = '.';
  for (auto unit = 100'000; unit > 0; unit /= 10) *to++ = static_cast<char>('0' + micros / unit % 10);
  return {text, static_cast<std::size_t>(to - text)};
}

std::string_view duration_of(Exchange& x) {
  if (x.timeline.start == TimePoint{}) return {};
  return write_seconds(x.worker.timers.exact() - x.timeline.start, x.arena);
}

void blank_controls(char* text, std::size_t size) noexcept {
  std::replace_if(
      text, text + size, [](char c) { return !http::is_text(c); }, ' ');
}

std::string_view fit(std::string_view value, Arena& arena) {
  if (!http::is_field_value(value)) {
    char* copy = std::copy(value.begin(), value.end(), arena.bytes(value.size())) - value.size();
    blank_controls(copy, value.size());
    value = {copy, value.size()};
  }
  return http::trim(value);
}

std::string_view part_of(const FieldTemplate::Part& part, Exchange& x) {
  return part.variable ? value_of(*part.variable, x) : std::string_view(part.literal);
}

std::string_view joined(std::span<const FieldTemplate::Part> parts, Exchange& x) {
  using View = std::string_view;
  std::span<View> views(static_cast<View*>(x.arena.take(parts.size() * sizeof(View), alignof(View))),
                        parts.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < parts.size(); ++i)
    size += std::construct_at(&views[i], part_of(parts[i], x))->size();
  char* text = x.arena.bytes(size);
  char* to = text;
  for (auto view : views) to = std::copy(view.begin(), view.end(), to);
  return {text, size};
}

}  // namespace

std::string_view value_of(const Variable& variable, Exchange& x) {
  using Kind = Variable::Kind;
  switch (variable.kind()) {
    case Kind::client_ip:
      return or_none(x.client_text);
    case Kind::principal:
      return or_none(variable.name() == "method" ? x.principal.method : x.principal.subject);
    case Kind::claim:
      return x.principal.claim(variable.name());
    case Kind::header:
      return header_of(x.request, variable);
    case Kind::cookie:
      return cookie_of(x.request.fields, variable.name());
    case Kind::query:
      return query_of(x.request, variable.name(), x.arena);
    case Kind::param:
      return parameter_of(x, variable.name());
    case Kind::route:
      return or_none(x.route_name);
    case Kind::request_id:
      return or_none(x.id);
    case Kind::upstream:
      return or_none(x.upstream.name);
    case Kind::duration:
      return duration_of(x);
  }
  return {};
}

std::string_view text_of(const FieldTemplate& text, Exchange& x) {
  auto& parts = text.parts();
  if (parts.empty()) return std::string_view("", 0);
  return fit(parts.size() == 1 ? part_of(parts.front(), x) : joined(parts, x), x.arena);
}

}  // namespace sluice
