// HTTP/1 heads (RFC 9112 §2 to §6), in one strict pass over the bytes where they were received.
//
//   RequestParser parser(limits);
//   for (;;) {
//     auto progress = parser.feed(buffer.received(), exchange.request, framing);
//     if (progress.state == Progress::State::done) break;            // body starts at progress.head_size
//     if (progress.state == Progress::State::fault) refuse(progress.fault);   // then close
//     receive more; if that moved the buffer: parser.reset(exchange.request)
//   }
//
// `received` is all of the head that is there, from its first byte, at the same address at each call. Names
// and values are views into it; only what has to be rewritten (a path, a host in capitals) is made in the
// request's arena. Complete lines are read once, an incomplete one is only searched for its end, so that a
// client that sends single bytes costs no more than one that sends all.
//
// Everything that two readers could understand differently is a fault, never repaired: see the table in
// tests/http/h1_request_test.cpp. Hop-by-hop fields are consumed (what of them matters is in Framing and in
// the request), and so is every field that Connection names, except those that only a proxy in front could
// have meant for us and a client might want to be rid of: Content-Length, Host, Forwarded, Via, X-Real-IP,
// X-Forwarded-*. Cookie and Authorization can be nominated: then nobody sees them, the filters included.
#pragma once
#include <cstdint>
#include <string_view>

#include "http/head.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

// What both parsers know of the head between two calls.
class HeadReader {
 protected:
  enum class Stage : std::uint8_t { start, fields, done };

  explicit HeadReader(const HeadLimits& limits) noexcept : limits_(limits) {}

  void restart() noexcept;
  // False: the line that was incomplete still is.
  bool may_go_on(std::string_view received) noexcept;
  Fault read_fields(std::string_view received, Fields& fields);
  bool oversized(std::size_t bytes) const noexcept { return bytes > limits_.head; }

  // Called for a field that is not simply passed on.
  Fault consume(const Field& field, Fields& fields);
  Fault on_content_length(std::string_view value) noexcept;
  Fault on_transfer_encoding(std::string_view value) noexcept;
  void on_connection(const Field& field, Fields& fields);
  void drop_nominated(Fields& fields) noexcept;
  Fault frame(std::uint8_t minor, Framing& framing) const noexcept;

  HeadLimits limits_;
  std::size_t line_ = 0;      // where the line to be read next starts
  std::size_t searched_ = 0;  // no line end between line_ and here
  std::size_t count_ = 0;     // field lines so far
  Stage stage_ = Stage::start;
  std::uint8_t minor_ = 1;
  bool chunked_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool connection_upgrade_ = false;
  bool nominations_ = false;  // Connection lines that name other fields wait among the fields
  bool trailers_ = false;     // TE: trailers
  bool has_length_ = false;
  std::uint64_t length_ = 0;
  std::string_view host_;
  std::string_view upgrade_;
  std::string_view expect_;
};

class RequestParser : private HeadReader {
 public:
  explicit RequestParser(const HeadLimits& limits) noexcept : HeadReader(limits) {}

  // Fills everything of `into` but scheme and body, and all of `framing`, when done. Statuses of faults: 400,
  // 414, 417, 431, 501 (CONNECT), 505. TRACE and OPTIONS * are heads like others: the floors above answer
  // them.
  Progress feed(std::string_view received, Request& into, Framing& framing);

  // For the next head, or the same one after its buffer moved. Forgets what was added to `into`.
  void reset(Request& into) noexcept;

 private:
  Fault read_request_line(std::string_view received, Request& into);
  Fault read_target(std::string_view target, Request& into);
  Fault read_absolute(std::string_view target, Request& into);
  Fault read_path(std::string_view path_and_query, Request& into);
  Fault finish(Request& into, Framing& framing);
  Fault accept_host(Request& into);
  Fault accept_expect(Request& into, Framing& framing) noexcept;
  void accept_upgrade(Request& into, Framing& framing) noexcept;
  Progress short_of(std::string_view received) const noexcept;

  std::uint8_t empty_lines_ = 0;
  bool absolute_ = false;  // the target named the authority
};

// The upstream's answers: as strict. Every fault has status 502; that connection must not be used again.
class ResponseParser : private HeadReader {
 public:
  explicit ResponseParser(const HeadLimits& limits) noexcept : HeadReader(limits) {}

  // `asked` is the method of the request that this answers: HEAD has no body whatever the fields say. Fills
  // status, fields and length; `length` of an answer to HEAD and of a 304 is what Content-Length said, or
  // unknown_length. A 1xx is a head like others: read it, then reset() for the next one.
  Progress feed(std::string_view received, Method asked, Response& into, Framing& framing);

  void reset(Response& into) noexcept;

 private:
  Fault read_status_line(std::string_view received, Response& into) noexcept;
  Fault finish(Method asked, Response& into, Framing& framing) noexcept;
};

}  // namespace sluice::http
