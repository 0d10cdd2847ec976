#include <cstring>

#include "http/authority.hpp"
#include "http/chars.hpp"
#include "http/h1_parser.hpp"
#include "http/target.hpp"

namespace sluice::http {

namespace {

constexpr std::uint8_t max_empty_lines = 4;  // RFC 9112 §2.2 asks for one at least
constexpr std::size_t max_method = 64;

constexpr Fault bad(const char* cause) {
  return {400, cause};
}

Method method_of(std::string_view s) noexcept {
  switch (s.size()) {
    case 3:
      return s == "GET" ? Method::get : s == "PUT" ? Method::put : Method::other;
    case 4:
      return s == "POST" ? Method::post : s == "HEAD" ? Method::head : Method::other;
    case 5:
      return s == "PATCH" ? Method::patch : s == "TRACE" ? Method::trace : Method::other;
    case 6:
      return s == "DELETE" ? Method::delete_ : Method::other;
    case 7:
      return s == "OPTIONS" ? Method::options : s == "CONNECT" ? Method::connect : Method::other;
    default:
      return Method::other;
  }
}

// At the first byte that no target has, or last.
const char* target_end(const char* at, const char* last) noexcept {
  auto odd = [](detail::Block x) { return detail::outside(x, '!') | detail::equal(x, '#'); };
  return detail::scan(at, last, odd, [](char c) { return is_graphic(c) && c != '#'; });
}

// Of a request line's end that is not " HTTP/1.x\r\n": 505 for a version in the right form, 400 for anything
// else.
Fault version_fault(std::string_view line) noexcept {
  auto text = line.substr(0, line.find_first_of("\r\n"));
  if (!text.starts_with("HTTP/")) return bad("bad_version");
  if (text == "HTTP/1.1" || text == "HTTP/1.0") return bad(line[text.size()] == '\n' ? "bare_lf" : "bare_cr");
  bool numbers = text.size() > 5 && text.find_first_not_of("0123456789.", 5) == std::string_view::npos;
  return numbers ? Fault{505, "version_not_supported"} : bad("bad_version");
}

}  // namespace

void RequestParser::reset(Request& into) noexcept {
  seen_ = {};
  into.fields.clear();
}

Progress RequestParser::feed(std::string_view received, Request& into, Framing& framing) {
  if (may_go_on(received)) {
    if (seen_.stage == Stage::start_line)
      if (auto fault = read_request_line(received, into)) return Progress::refuse(fault);
    if (seen_.stage == Stage::fields)
      if (auto fault = read_fields(received, into.fields)) return Progress::refuse(fault);
  }
  if (seen_.stage == Stage::done) {
    if (auto fault = finish(into, framing)) return Progress::refuse(fault);
    return Progress::done(seen_.line);
  }
  if (seen_.stage == Stage::start_line)
    if (auto fault = short_line(received)) return Progress::refuse(fault);
  return short_of(received);
}

Fault RequestParser::skip_empty_lines(std::string_view received) noexcept {
  while (seen_.line + 1 < received.size() && received[seen_.line] == '\r') {
    if (received[seen_.line + 1] != '\n') return bad("bare_cr");
    if (++seen_.empty_lines > max_empty_lines) return bad("too_many_empty_lines");
    seen_.line += 2;
  }
  return {};
}

Fault RequestParser::read_request_line(std::string_view received, Request& into) {
  if (auto fault = skip_empty_lines(received)) return fault;
  const char* begin = received.data() + seen_.line;
  const char* last = received.data() + received.size();
  const char* space = token_end(begin, last);
  if (space == last || (*space == '\r' && space == begin)) return {};
  if (*space != ' ' || space == begin) return bad("bad_method");
  const char* target = space + 1;
  const char* end = target_end(target, last);
  if (end == last) return {};
  if (*end != ' ' || end == target) return bad(*end == '#' ? "target_fragment" : "bad_target");
  std::string_view rest(end + 1, static_cast<std::size_t>(last - end - 1));
  if (auto fault = read_version(rest); fault || seen_.stage == Stage::start_line) return fault;

  into.method_text = {begin, static_cast<std::size_t>(space - begin)};
  into.method = method_of(into.method_text);
  seen_.line = static_cast<std::size_t>(rest.data() + 10 - received.data());
  return read_target({target, static_cast<std::size_t>(end - target)}, into);
}

// `rest` is what follows the target's space. Leaves the stage as it is if the line is incomplete.
Fault RequestParser::read_version(std::string_view rest) noexcept {
  constexpr std::string_view version = "HTTP/1.";
  if (rest.size() >= 10 && std::memcmp(rest.data(), version.data(), version.size()) == 0 &&
      (rest[7] == '1' || rest[7] == '0') && rest[8] == '\r' && rest[9] == '\n') {
    seen_.minor = static_cast<std::uint8_t>(rest[7] - '0');
    seen_.stage = Stage::fields;
    return {};
  }
  return rest.find('\n') == std::string_view::npos ? Fault{} : version_fault(rest);
}

// A line that is incomplete is refused early if it can become nothing good: it may never end.
Fault RequestParser::short_line(std::string_view received) const noexcept {
  auto line = received.substr(seen_.line);
  auto start = line.substr(0, max_method + 1);
  const char* end = token_end(start.data(), start.data() + start.size());
  auto method = static_cast<std::size_t>(end - start.data());
  if (method > max_method) return {501, "method_too_long"};
  if (method < start.size() && *end != ' ' && (*end != '\r' || method > 0)) return bad("bad_method");
  // Between the method and the version there are two spaces and the target.
  if (line.size() > method + limits_.target + std::string_view("  HTTP/1.1\r").size())
    return {414, "target_too_long"};
  return {};
}

Fault RequestParser::read_target(std::string_view target, Request& into) {
  if (into.method_text.size() > max_method) return {501, "method_too_long"};
  if (target.size() > limits_.target) return {414, "target_too_long"};
  if (into.method == Method::connect) return {501, "connect_not_supported"};
  if (target.front() == '/') return read_path(target, into);
  if (target != "*") return read_absolute(target, into);
  if (into.method != Method::options) return bad("asterisk_without_options");
  into.path = target;
  into.query = {};
  into.has_query = false;
  return {};
}

// RFC 9112 §3.2.2, §3.2.4.
Fault RequestParser::read_absolute(std::string_view target, Request& into) {
  auto colon = target.find("://");
  auto scheme = target.substr(0, colon);
  if (colon == std::string_view::npos || (!same_name(scheme, "http") && !same_name(scheme, "https")))
    return bad("bad_target");
  auto rest = target.substr(colon + 3);
  auto end = std::min(rest.find_first_of("/?"), rest.size());
  auto authority = parse_authority(rest.substr(0, end), into.fields.arena());
  if (!authority) return bad("target_bad_authority");
  seen_.absolute = true;
  into.authority = authority->text;
  into.host = authority->host;
  rest.remove_prefix(end);
  if (rest.starts_with('/')) return read_path(rest, into);
  into.has_query = !rest.empty();
  into.query = into.has_query ? rest.substr(1) : rest;
  into.path = into.method == Method::options && !into.has_query ? "*" : "/";
  return {};
}

Fault RequestParser::read_path(std::string_view path_and_query, Request& into) {
  auto split = split_target(path_and_query);
  auto path = normalise_path(split.path, limits_.merge_slashes, into.fields.arena());
  if (!path) return bad(path.error().cause);
  into.path = *path;
  into.query = split.query;
  into.has_query = split.has_query;
  return {};
}

Fault RequestParser::finish(Request& into, Framing& framing) {
  if (auto fault = frame(framing)) return fault;
  if (auto fault = finish_authority(into)) return fault;
  if (seen_.minor == 1) {
    if (seen_.expects_other) return {417, "unknown_expectation"};
    framing.expects_continue = seen_.expects_continue && framing.body != Framing::Body::none;
    if (seen_.may_upgrade && framing.body == Framing::Body::none) framing.upgrade = seen_.upgrade;
  }
  drop_nominated(into.fields);
  into.length = framing.length;
  into.upgrade = framing.upgrade;
  into.expects_continue = framing.expects_continue;
  into.accepts_trailers = seen_.trailers;
  return {};
}

// RFC 9112 §3.2: also an absolute target does not excuse a bad Host.
Fault RequestParser::finish_authority(Request& into) {
  if (!seen_.host.data()) {
    if (seen_.minor == 1) return bad("host_missing");
    if (!seen_.absolute) into.authority = into.host = {};
    return {};
  }
  if (seen_.host.empty()) return bad("host_empty");
  auto authority = parse_authority(seen_.host, into.fields.arena());
  if (!authority) return bad(authority.error().cause);
  if (seen_.absolute) return {};
  into.authority = authority->text;
  into.host = authority->host;
  return {};
}

}  // namespace sluice::http
