#include <array>
#include <cstring>

#include "http/chars.hpp"
#include "http/field_line.hpp"
#include "http/h1_parser.hpp"
#include "http/words.hpp"

namespace sluice::http {

namespace {

constexpr Fault bad(const char* cause) {
  return {400, cause};
}

// Fields that no Connection line can take away; the reasons stand in the header.
bool is_kept(const Field& field) noexcept {
  switch (field.id) {
    case FieldId::forwarded:
    case FieldId::via:
    case FieldId::x_real_ip:
      return true;
    default:
      constexpr std::string_view prefix = "x-forwarded-";
      return same_name(field.name.substr(0, prefix.size()), prefix) || same_name(field.name, "client-cert");
  }
}

// Fields that are for this hop or frame the message: accept() sees to them, the others are passed on.
constexpr auto consumed = [] {
  using enum FieldId;
  std::array<bool, 256> table{};
  for (auto id : {connection, content_length, expect, host, http2_settings, keep_alive, proxy_authenticate,
                  proxy_authorization, proxy_connection, te, trailer, transfer_encoding, upgrade})
    table[static_cast<std::size_t>(id)] = true;
  return table;
}();

bool is_protocol(std::string_view s) noexcept {
  auto slash = s.find('/');
  if (slash == std::string_view::npos) return is_token(s);
  return is_token(s.substr(0, slash)) && is_token(s.substr(slash + 1));
}

}  // namespace

bool HeadReader::may_go_on(std::string_view received) noexcept {
  if (seen_.searched <= seen_.line) return true;
  auto* found = std::memchr(received.data() + seen_.searched, '\n', received.size() - seen_.searched);
  seen_.searched = received.size();
  return found != nullptr;
}

Progress HeadReader::short_of(std::string_view received) noexcept {
  seen_.searched = received.size();
  if (received.size() >= limits_.head) return Progress::refuse({431, "head_too_large"});
  return Progress::more();
}

Fault HeadReader::read_fields(std::string_view received, Fields& fields) {
  const char* begin = received.data();
  const char* last = begin + received.size();
  for (const char* at = begin + seen_.line; at != last;) {
    if (*at == '\r') {
      if (at + 1 == last) break;
      if (at[1] != '\n') return bad("bare_cr");
      seen_.line = static_cast<std::size_t>(at + 2 - begin);
      seen_.stage = Stage::done;
      if (seen_.line > limits_.head) return {431, "head_too_large"};
      break;
    }
    Field field;
    auto line = read_field_line(at, last, field);
    if (line.fault) return bad(line.fault);
    if (!line.next) break;
    if (++seen_.lines > limits_.fields) return {431, "too_many_fields"};
    if (!consumed[static_cast<std::size_t>(field.id)])
      fields.add_received(field);
    else if (auto fault = accept(field, fields.arena()))
      return fault;
    at = line.next;
    seen_.line = static_cast<std::size_t>(at - begin);
  }
  return {};
}

Fault HeadReader::accept(const Field& field, Arena& arena) {
  switch (field.id) {
    case FieldId::host:
      if (seen_.host.data()) return bad("host_repeated");
      seen_.host = field.value;
      return {};
    case FieldId::content_length:
      return accept_length(field.value);
    case FieldId::transfer_encoding:
      return accept_coding(field.value);
    case FieldId::connection:
      return accept_connection(field.value, arena);
    case FieldId::upgrade:
      accept_upgrade(field.value);
      return {};
    case FieldId::expect:
      (same<"100-continue">(field.value) ? seen_.expects_continue : seen_.expects_other) = true;
      return {};
    case FieldId::te:
      accept_te(field.value);
      return {};
    default:
      return {};
  }
}

Fault HeadReader::accept_length(std::string_view value) noexcept {
  if (seen_.has_length) return bad("content_length_repeated");
  seen_.has_length = true;
  if (value.empty()) return bad("content_length_malformed");
  std::uint64_t length = 0;
  for (char c : value) {
    if (!is_digit(c)) return bad("content_length_malformed");
    if (__builtin_mul_overflow(length, 10, &length) ||
        __builtin_add_overflow(length, static_cast<unsigned>(c - '0'), &length))
      return bad("content_length_overflow");
  }
  if (length == unknown_length) return bad("content_length_overflow");
  seen_.length = length;
  return {};
}

// Other codings are allowed by RFC 9112 §6.1, but a gateway that does not decode them cannot know where a
// request ends.
Fault HeadReader::accept_coding(std::string_view value) noexcept {
  if (seen_.chunked) return bad("transfer_encoding_repeated");
  if (!same<"chunked">(value)) return bad("transfer_encoding_not_chunked");
  seen_.chunked = true;
  return {};
}

// Every option costs a comparison with every field, so there is a bound on them, empty ones included.
Fault HeadReader::accept_connection(std::string_view value, Arena& arena) {
  bool names_fields = false;
  for (auto list = value; !list.empty();) {
    if (++seen_.options > limits_.fields) return bad("too_many_connection_options");
    auto option = next_member(list);
    if (same<"close">(option))
      seen_.close = true;
    else if (same<"keep-alive">(option))
      seen_.keep_alive = true;
    else if (same<"upgrade">(option))
      seen_.may_upgrade = true;
    else if (is_token(option))
      names_fields = true;
    else if (!option.empty())
      return bad("connection_malformed");
  }
  if (names_fields) seen_.nominations = arena.make<Nomination>(Nomination{value, seen_.nominations});
  return {};
}

void HeadReader::accept_te(std::string_view value) noexcept {
  while (!value.empty()) {
    auto member = next_member(value);
    seen_.trailers |= same_name(trim(member.substr(0, member.find(';'))), "trailers");
  }
}

// The first protocol that is not HTTP/2: that one has its own door, and an upgrade to it would tunnel
// requests past every filter.
void HeadReader::accept_upgrade(std::string_view value) noexcept {
  while (!value.empty() && seen_.upgrade.empty()) {
    auto protocol = next_member(value);
    bool h2 = same_name(protocol.substr(0, 3), "h2c") || same_name(protocol.substr(0, 5), "http/") ||
              same_name(protocol, "h2");
    if (!h2 && is_protocol(protocol)) seen_.upgrade = protocol;
  }
}

void HeadReader::drop_nominated(Fields& fields) const noexcept {
  if (!seen_.nominations) return;
  fields.remove_if([this](const Field& field) {
    if (is_kept(field)) return false;
    for (auto* n = seen_.nominations; n; n = n->before)
      for (auto list = n->options; !list.empty();)
        if (same_name(next_member(list), field.name)) return true;
    return false;
  });
}

// RFC 9112 §6.1, §6.3, §9.3.
Fault HeadReader::frame(Framing& framing) const noexcept {
  if (seen_.chunked && seen_.has_length) return bad("content_length_with_transfer_encoding");
  if (seen_.chunked && seen_.minor == 0) return bad("transfer_encoding_on_http10");
  framing = {};
  framing.minor = seen_.minor;
  framing.keep_alive = !seen_.close && (seen_.minor == 1 || seen_.keep_alive);
  if (seen_.chunked) {
    framing.body = Framing::Body::chunked;
    framing.length = unknown_length;
  } else if (seen_.length) {
    framing.body = Framing::Body::length;
    framing.length = seen_.length;
  }
  return {};
}

}  // namespace sluice::http
