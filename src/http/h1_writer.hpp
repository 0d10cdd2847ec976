// HTTP/1 heads onto the wire: measured first, then written once into memory that the caller has.
//
//   ResponseHead head;
//   head.status = 200; head.fields = &response.fields; head.body = Framing::Body::length; head.length = 5;
//   head.date = date_of_this_second;
//   char* at = out.reserve(head_size(head));
//   out.commit(write_head(head, at) - at);
//
// A field whose name is no token or whose value has a control character is never written: nothing that a
// client or an upstream smuggled into a value can start a second line. It is a bug of whoever added it (an
// assertion), and left out in release builds. Framing and hop-by-hop fields among `fields` are left out too:
// what stands here says them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

// Always HTTP/1.1. Everything but `fields` has been checked by who made it: a parser, a normaliser, a schema.
struct RequestHead {
  std::string_view method = "GET";
  std::string_view path = "/";  // or "*"
  std::string_view query;
  bool has_query = false;
  std::string_view host;                     // written as Host; a Host among `fields` is left out
  const Fields* fields = nullptr;            // may be null
  Framing::Body body = Framing::Body::none;  // none, length (also of 0 bytes: "Content-Length: 0") or chunked
  std::uint64_t length = 0;
  bool expects_continue = false;
  bool accepts_trailers = false;  // "TE: trailers"
  bool keep_alive = true;         // false: "Connection: close"
  std::string_view upgrade;       // not empty: "Connection: upgrade" and "Upgrade: ..."
};

struct ResponseHead {
  std::uint16_t status = 200;
  const Fields* fields = nullptr;
  // none: no framing field at all (1xx, 204, a 304 or HEAD of unknown length). length: "Content-Length", also
  // of what HEAD would have got. until_close: no framing field, and keep_alive must be false.
  Framing::Body body = Framing::Body::none;
  std::uint64_t length = 0;
  std::uint8_t minor = 1;    // of the client: 1.0 is told "Connection: keep-alive"
  bool keep_alive = true;    // false: "Connection: close"
  std::string_view date;     // IMF-fixdate of this second; written unless `fields` has one or it is empty
  std::string_view upgrade;  // of a 101
};

// The bytes that write_head() will write; more only if it has to leave a field out.
std::size_t head_size(const RequestHead& head) noexcept;
std::size_t head_size(const ResponseHead& head) noexcept;

// Writes the head with its empty line and returns the end.
char* write_head(const RequestHead& head, char* to) noexcept;
char* write_head(const ResponseHead& head, char* to) noexcept;

}  // namespace sluice::http
