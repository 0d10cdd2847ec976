#include "http/h1_writer.hpp"

#include <cassert>
#include <charconv>
#include <cstring>

#include "http/chars.hpp"
#include "http/status.hpp"

namespace sluice::http {

namespace {

// What the head's own members say, and never the fields.
bool is_framing(FieldId id) noexcept {
  switch (id) {
    case FieldId::connection:
    case FieldId::content_length:
    case FieldId::expect:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
      return true;
    default:
      return false;
  }
}

// A name that is known was compared, letter by letter, when it got its id.
bool has_sound_text(const Field& f) noexcept {
  return (f.id != FieldId::other || is_token(f.name)) && is_field_value(f.value);
}
bool is_sound(const Field& f) noexcept {
  assert(has_sound_text(f) && "a field that would break the head");
  return f.received || has_sound_text(f);
}

bool belongs(const RequestHead&, const Field& f) noexcept {
  return !is_framing(f.id) && f.id != FieldId::host;
}
bool belongs(const ResponseHead&, const Field& f) noexcept {
  return !is_framing(f.id);
}

// The same code measures and writes, so that the two cannot differ. Only what is written is looked at
// closely.
struct Measure {
  std::size_t size = 0;
  void put(std::string_view s) noexcept { size += s.size(); }
  static bool takes(const Field&) noexcept { return true; }
};
struct Write {
  char* to;
  void put(std::string_view s) noexcept {
    if (!s.empty()) std::memcpy(to, s.data(), s.size());
    to += s.size();
  }
  static bool takes(const Field& f) noexcept { return is_sound(f); }
};

template <class Out, class... Parts>
void line(Out& out, Parts... parts) noexcept {
  (out.put(std::string_view(parts)), ...);
  out.put("\r\n");
}

template <class Out>
void number(Out& out, std::string_view name, std::uint64_t value) noexcept {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  line(out, name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

template <class Out>
void body_framing(Out& out, Framing::Body body, std::uint64_t length) noexcept {
  if (body == Framing::Body::length) number(out, "Content-Length: ", length);
  if (body == Framing::Body::chunked) line(out, "Transfer-Encoding: chunked");
}

template <class Out, class Head>
void fields(Out& out, const Head& head) noexcept {
  if (!head.fields) return;
  for (auto& f : *head.fields)
    if (belongs(head, f) && out.takes(f)) line(out, f.name, ": ", f.value);
}

template <class Out>
void upgrade(Out& out, std::string_view protocol) noexcept {
  line(out, "Connection: upgrade");
  line(out, "Upgrade: ", protocol);
}

template <class Out>
void head_to(Out& out, const RequestHead& head) noexcept {
  line(out, head.method, " ", head.path, head.has_query ? "?" : "", head.query, " HTTP/1.1");
  line(out, "Host: ", head.host);
  fields(out, head);
  body_framing(out, head.body, head.length);
  if (head.expects_continue) line(out, "Expect: 100-continue");
  if (!head.upgrade.empty())
    upgrade(out, head.upgrade);
  else if (head.accepts_trailers)
    line(out, head.keep_alive ? "Connection: TE" : "Connection: TE, close", "\r\nTE: trailers");
  else if (!head.keep_alive)
    line(out, "Connection: close");
  out.put("\r\n");
}

template <class Out>
void status_line(Out& out, std::uint16_t status) noexcept {
  char code[] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                 static_cast<char>('0' + status % 10), ' '};
  line(out, "HTTP/1.1 ", std::string_view(code, sizeof code), reason_phrase(status));
}

template <class Out>
void head_to(Out& out, const ResponseHead& head) noexcept {
  assert(head.status >= 100 && head.status <= 999);
  status_line(out, head.status);
  if (!head.date.empty() && !(head.fields && head.fields->has(FieldId::date))) line(out, "Date: ", head.date);
  fields(out, head);
  body_framing(out, head.body, head.length);
  if (!head.upgrade.empty())
    upgrade(out, head.upgrade);
  else if (!head.keep_alive)
    line(out, "Connection: close");
  else if (head.minor == 0)
    line(out, "Connection: keep-alive");
  out.put("\r\n");
}

template <class Head>
std::size_t measure(const Head& head) noexcept {
  Measure m;
  head_to(m, head);
  return m.size;
}

template <class Head>
char* write(const Head& head, char* to) noexcept {
  Write w{to};
  head_to(w, head);
  return w.to;
}

}  // namespace

std::size_t head_size(const RequestHead& head) noexcept {
  return measure(head);
}
std::size_t head_size(const ResponseHead& head) noexcept {
  return measure(head);
}
char* write_head(const RequestHead& head, char* to) noexcept {
  return write(head, to);
}
char* write_head(const ResponseHead& head, char* to) noexcept {
  return write(head, to);
}

}  // namespace sluice::http
