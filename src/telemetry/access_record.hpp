// One finished exchange, as the access log tells it. Views live until the call that takes the record returns.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "sluice/clock.hpp"
#include "sluice/response_flags.hpp"
#include "telemetry/labels.hpp"

namespace sluice::telemetry {

// How long each phase took; a phase that did not happen is negative and left out of the line.
struct Phases {
  static constexpr Duration never{-1};
  Duration head = never;  // first byte of the request to the end of its head
  Duration filters =
      never;  // chain, queues and stores, until the request was handed to an upstream or answered
  Duration connect = never;     // of the last attempt; never on a reused connection
  Duration first_byte = never;  // request sent to the head of the upstream's answer
  Duration upstream = never;    // request sent to the last byte of the answer
};

// Holds no Authorization, no Cookie and no key, and neither may anything that is put into it.
struct AccessRecord {
  WallPoint time;  // when the request's first byte came
  std::string_view request_id;
  std::string_view client;  // address without port, as `trusted_proxies` make it
  std::string_view listener;
  std::string_view protocol;  // "HTTP/1.1"
  std::string_view tls;       // "TLSv1.3", empty without TLS
  std::string_view method;
  std::string_view scheme;
  std::string_view host;
  std::string_view path;
  std::string_view query;  // without '?'; written only where the log was told to
  std::uint16_t status = 0;
  Source source = Source::gateway;
  std::string_view route;  // the empty ones are left out
  std::string_view upstream;
  std::string_view endpoint;
  std::uint16_t attempts = 0;
  std::uint64_t received = 0;  // bytes of the request's body
  std::uint64_t sent = 0;      // bytes of the answer's body
  Duration duration{};         // first byte of the request to the last of the answer
  Phases phases;
  ResponseFlags flags;
  std::string_view cause;  // Error::cause, or the reason of a local reply
  std::string_view principal;
  std::string_view user_agent;
  std::span<const std::string_view> tries;   // attempts that failed before the last: "endpoint:reason"
  std::span<const std::string_view> shadow;  // what filters in shadow would have refused: "policy:reason"
};

}  // namespace sluice::telemetry
