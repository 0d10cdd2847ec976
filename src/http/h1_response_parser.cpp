#include "http/chars.hpp"
#include "http/h1_parser.hpp"

namespace sluice::http {

namespace {

constexpr Fault broken(const char* cause) {
  return {502, cause};
}

}  // namespace

void ResponseParser::reset(Response& into) noexcept {
  seen_ = {};
  into.fields.clear();
}

Progress ResponseParser::feed(std::string_view received, Method asked, Response& into, Framing& framing) {
  Fault fault;
  if (may_go_on(received)) {
    if (seen_.stage == Stage::start_line) fault = read_status_line(received, into);
    if (!fault && seen_.stage == Stage::fields) fault = read_fields(received, into.fields);
  }
  if (!fault && seen_.stage == Stage::done) fault = frame_answer(asked, into, framing);
  auto progress = fault                        ? Progress::refuse(fault)
                  : seen_.stage == Stage::done ? Progress::done(seen_.line)
                                               : short_of(received);
  if (progress.fault) progress.fault.status = 502;
  return progress;
}

// "HTTP/1.1 200 OK\r\n". The space before an empty reason is often forgotten and is not asked for.
Fault ResponseParser::read_status_line(std::string_view received, Response& into) noexcept {
  constexpr std::string_view shape = "HTTP/1.x 999";
  auto line = received.substr(seen_.line);
  constexpr std::string_view fixed = "HTTP/1.";
  if (line.substr(0, fixed.size()) != fixed.substr(0, line.size())) return broken("bad_status_line");
  if (line.size() <= shape.size()) return {};
  if ((line[7] != '0' && line[7] != '1') || line[8] != ' ') return broken("bad_version");
  if (!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11])) return broken("bad_status");
  auto status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (status < 100 || status > 599) return broken("bad_status");
  if (line[12] != ' ' && line[12] != '\r') return broken("bad_status");
  const char* last = line.data() + line.size();
  const char* end = text_end(line.data() + shape.size(), last);
  if (end == last) return {};
  if (*end != '\r') return broken("bad_reason");
  if (end + 1 == last) return {};
  if (end[1] != '\n') return broken("bare_cr");
  into.status = static_cast<std::uint16_t>(status);
  seen_.minor = static_cast<std::uint8_t>(line[7] - '0');
  seen_.line = static_cast<std::size_t>(end + 2 - received.data());
  seen_.stage = Stage::fields;
  return {};
}

// RFC 9112 §6.3.
Fault ResponseParser::frame_answer(Method asked, Response& into, Framing& framing) const noexcept {
  if (auto fault = frame(framing)) return fault;
  drop_nominated(into.fields);
  bool never_has_content = into.status < 200 || into.status == 204;
  if (never_has_content && framing.body != Framing::Body::none) return broken("content_where_none_may_be");
  if (into.status == 101) {
    if (seen_.upgrade.empty() || !seen_.may_upgrade) return broken("switched_to_nothing");
    framing.upgrade = seen_.upgrade;
  }
  if (never_has_content) {
    into.length = 0;
  } else if (asked == Method::head || into.status == 304) {
    framing.body = Framing::Body::none;
    framing.length = 0;
    into.length = seen_.has_length ? seen_.length : unknown_length;
  } else if (framing.body == Framing::Body::none && !seen_.has_length) {
    framing.body = Framing::Body::until_close;
    framing.keep_alive = false;
    into.length = framing.length = unknown_length;
  } else {
    into.length = framing.length;
  }
  return {};
}

}  // namespace sluice::http
