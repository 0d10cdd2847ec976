// A request and a response as every floor above the protocols sees them (RFC 9110), whatever the version on
// the wire. All text is views into memory that lives as long as the exchange: its arena, or the buffer that
// the head was received in.
//
//   auto type = exchange.request.fields.get(FieldId::content_type);
//   exchange.response.fields.add(FieldId::vary, "Vary", "Origin");
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "sluice/arena.hpp"
#include "sluice/body.hpp"

namespace sluice {

class StoredForms;

enum class Method : std::uint8_t { get, head, post, put, delete_, connect, options, trace, patch, other };

// RFC 9110 §9.2.1: asks for nothing to change.
constexpr bool is_safe(Method m) noexcept {
  return m == Method::get || m == Method::head || m == Method::options || m == Method::trace;
}
// RFC 9110 §9.2.2: twice is as good as once.
constexpr bool is_idempotent(Method m) noexcept {
  return is_safe(m) || m == Method::put || m == Method::delete_;
}

// Fields that the gateway looks for by name, so that it compares a byte instead of a string. Any other field
// is `other` and found by its name.
enum class FieldId : std::uint8_t {
  other,
  accept,
  accept_encoding,
  accept_language,
  access_control_request_headers,
  access_control_request_method,
  age,
  allow,
  authorization,
  cache_control,
  cache_status,
  cdn_cache_control,
  connection,
  content_encoding,
  content_language,
  content_length,
  content_location,
  content_range,
  content_type,
  cookie,
  date,
  etag,
  expect,
  expires,
  forwarded,
  host,
  http2_settings,
  if_match,
  if_modified_since,
  if_none_match,
  if_range,
  if_unmodified_since,
  keep_alive,
  last_modified,
  location,
  max_forwards,
  origin,
  pragma,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  range,
  referer,
  retry_after,
  server,
  set_cookie,
  surrogate_control,
  surrogate_key,
  te,
  traceparent,
  tracestate,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  vary,
  via,
  www_authenticate,
  x_forwarded_client_cert,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_proto,
  x_real_ip,
  x_request_id,
};

// The id of a field's name, in any case of letters.
FieldId field_id(std::string_view name) noexcept;

struct Field {
  std::string_view name;   // as it was received or given
  std::string_view value;  // without surrounding white space
  FieldId id;
  bool received = false;  // as it is: its characters were looked at then, and need not be once more
};

// The field lines of one head, in their order. What a session received never holds Connection,
// Content-Length, Expect, Host, HTTP2-Settings, Keep-Alive, Proxy-Authenticate, Proxy-Authorization,
// Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade or what Connection names: framing and hop-by-hop
// matters belong to the session, and `authority`, `length` and `upgrade` say what of them is worth knowing.
class Fields {
 public:
  explicit Fields(Arena& arena) noexcept : arena_(&arena) {}

  const Field* begin() const noexcept { return fields_; }
  const Field* end() const noexcept { return fields_ + size_; }
  std::size_t size() const noexcept { return size_; }

  // The first value, or an empty view with a null pointer where there is none.
  std::string_view get(FieldId id) const noexcept;
  std::string_view get(std::string_view name) const noexcept;
  bool has(FieldId id) const noexcept { return get(id).data() != nullptr; }
  std::size_t count(FieldId id) const noexcept;

  // Names and values are not copied: they outlive the exchange's head, or come from its arena.
  void add(FieldId id, std::string_view name, std::string_view value) {
    if (size_ == capacity_) grow();
    std::construct_at(fields_ + size_++, Field{name, value, id});
  }
  void add(std::string_view name, std::string_view value) { add(field_id(name), name, value); }
  // For who has read it and looked at its characters.
  void add_received(const Field& field) {
    add(field.id, field.name, field.value);
    fields_[size_ - 1].received = true;
  }
  // Replaces every line of that name by one.
  void set(FieldId id, std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value) { set(field_id(name), name, value); }
  void remove(FieldId id) noexcept;
  void remove(std::string_view name) noexcept;
  template <class Predicate>
  void remove_if(Predicate doomed) noexcept {
    unsigned kept = 0;
    while (kept < size_ && !doomed(std::as_const(fields_[kept]))) ++kept;  // usually all of them
    for (unsigned i = kept + 1; i < size_; ++i)
      if (!doomed(std::as_const(fields_[i]))) fields_[kept++] = fields_[i];
    size_ = static_cast<std::uint16_t>(kept);
  }
  // Forgets its memory too, so that it may be used on after its arena was reset.
  void clear() noexcept {
    fields_ = nullptr;
    size_ = capacity_ = 0;
  }

  // The text of a head was copied: views into `from` look at the same place in `to` from here on.
  void rebase(std::string_view from, const char* to) noexcept {
    auto move = [&](std::string_view& v) {
      if (v.data() >= from.data() && v.data() < from.data() + from.size())
        v = {to + (v.data() - from.data()), v.size()};
    };
    for (std::uint16_t i = 0; i < size_; ++i) {
      move(fields_[i].name);
      move(fields_[i].value);
    }
  }

  Arena& arena() const noexcept { return *arena_; }

 private:
  void grow();

  Arena* arena_;
  Field* fields_ = nullptr;
  std::uint16_t size_ = 0;
  std::uint16_t capacity_ = 0;
};

struct Request {
  Method method = Method::get;
  std::string_view method_text;  // case-sensitive (RFC 9110 §9.1)
  std::string_view scheme;       // "http" or "https"
  std::string_view authority;    // host[:port], lower case, as the client addressed it; empty on HTTP/1.0
  std::string_view host;         // the authority without port and trailing dot
  std::string_view
      path;  // normalised once, starts with '/'; "*" for OPTIONS *. What is matched is what is sent
  std::string_view query;  // without '?', as received
  bool has_query = false;  // "/a?" is not "/a"
  Fields fields;
  std::uint64_t length = 0;  // of the body, in bytes; unknown_length when only its end will tell
  BodyPtr body;              // null: there is none
  std::string_view upgrade;  // the protocol asked for (RFC 9110 §7.8), or empty. Then `body` is the raw rest
                             // of the connection, and yields nothing before the 101 went out
  bool expects_continue = false;  // RFC 9110 §10.1.1, to be forwarded
  bool accepts_trailers = false;  // TE: trailers

  explicit Request(Arena& arena) noexcept : fields(arena) {}
};

struct Response {
  std::uint16_t status = 0;  // 0: nobody has answered yet
  bool local = false;        // made by the gateway, not by an upstream
  Fields fields;
  std::uint64_t length = 0;            // of the body; unknown_length when only its end will tell
  std::string_view upgrade;            // of a 101: the protocol spoken from here on
  BodyPtr body;                        // null: there is none
  const char* reason = "";             // of a local reply: why, for the access log; a literal
  const StoredForms* forms = nullptr;  // beside the stored response that this is; lives as long as `body`

  explicit Response(Arena& arena) noexcept : fields(arena) {}
  void reset() noexcept {
    status = 0;
    local = false;
    fields.clear();
    length = 0;
    upgrade = {};
    body.reset();
    reason = "";
    forms = nullptr;
  }
};

}  // namespace sluice
