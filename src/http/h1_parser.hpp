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
// Everything that two readers could understand differently is a fault, never repaired: the rules stand as a
// table in tests/http/h1_request_test.cpp. Hop-by-hop fields are consumed (what of them matters is in Framing
// and in the request), and so is every field that Connection names, with two kinds of exceptions: what frames
// and addresses the message (Content-Length, Host), and what a proxy in front of us said that its client may
// want to be rid of (Forwarded, Via, X-Forwarded-*, X-Real-IP, Client-Cert). Authorization and Cookie can be
// nominated: then nobody sees them, the filters included, so nothing is decided upon a credential that does
// not travel.
#pragma once
#include <cstdint>
#include <string_view>

#include "http/head.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

// What both parsers know of the head between two calls.
class HeadReader {
 protected:
  enum class Stage : std::uint8_t { start_line, fields, done };

  // One Connection line that names fields; they lie in the message's arena.
  struct Nomination {
    std::string_view options;
    const Nomination* before;
  };

  explicit HeadReader(const HeadLimits& limits) noexcept : limits_(limits) {}

  // False: the line that was incomplete still is.
  bool may_go_on(std::string_view received) noexcept;
  Progress short_of(std::string_view received) noexcept;

  // Reads as many complete lines as there are.
  Fault read_fields(std::string_view received, Fields& fields);
  Fault accept(const Field& field, Arena& arena);
  Fault accept_length(std::string_view value) noexcept;
  Fault accept_coding(std::string_view value) noexcept;
  Fault accept_connection(std::string_view value, Arena& arena);
  void accept_te(std::string_view value) noexcept;
  void accept_upgrade(std::string_view value) noexcept;
  void drop_nominated(Fields& fields) const noexcept;
  Fault frame(Framing& framing) const noexcept;

  HeadLimits limits_;

  struct Seen {
    std::size_t line = 0;      // where the line to be read next starts
    std::size_t searched = 0;  // no line end between `line` and here
    std::size_t lines = 0;     // field lines so far
    std::size_t options = 0;   // of Connection
    Stage stage = Stage::start_line;
    std::uint8_t empty_lines = 0;
    std::uint8_t minor = 1;
    bool absolute = false;  // the target named the authority
    bool chunked = false;
    bool has_length = false;
    bool close = false;
    bool keep_alive = false;
    bool may_upgrade = false;  // Connection: upgrade
    bool trailers = false;     // TE: trailers
    bool expects_continue = false;
    bool expects_other = false;
    std::uint64_t length = 0;
    std::string_view host;
    std::string_view upgrade;
    const Nomination* nominations = nullptr;
  } seen_;
};

class RequestParser : private HeadReader {
 public:
  explicit RequestParser(const HeadLimits& limits) noexcept : HeadReader(limits) {}

  // Fills everything of `into` but scheme and body, and all of `framing`, when done. Statuses of faults: 400,
  // 414, 417, 431, 501 (CONNECT, absurd methods), 505. TRACE and OPTIONS * are heads like others: the floors
  // above answer them.
  Progress feed(std::string_view received, Request& into, Framing& framing);

  // For the next head, or the same one after its buffer moved. Forgets what was added to `into`.
  void reset(Request& into) noexcept;

 private:
  Fault skip_empty_lines(std::string_view received) noexcept;
  Fault read_request_line(std::string_view received, Request& into);
  Fault read_version(std::string_view rest) noexcept;
  Fault read_target(std::string_view target, Request& into);
  Fault read_absolute(std::string_view target, Request& into);
  Fault read_path(std::string_view path_and_query, Request& into);
  Fault short_line(std::string_view received) const noexcept;
  Fault finish(Request& into, Framing& framing);
  Fault finish_authority(Request& into);
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
  Fault frame_answer(Method asked, Response& into, Framing& framing) const noexcept;
};

}  // namespace sluice::http
