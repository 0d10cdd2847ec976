// What of a route is about trying: again, twice at once, until when, and what if it fails.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/config.hpp"

namespace sluice::config {

using namespace std::chrono_literals;

// What may be tried again: one status, all of 5xx, or a way in which no answer came.
struct RetryCondition {
  enum class Kind : std::uint8_t { connect, reset, timeout, server_error, status };
  Kind kind = Kind::connect;
  std::uint16_t status = 0;  // of Kind::status
  bool operator==(const RetryCondition&) const = default;
};

struct Retry {
  std::uint32_t attempts = 2;  // the first one included
  OneOrMany<RetryCondition> on = {{RetryCondition::Kind::connect},
                                  {RetryCondition::Kind::reset},
                                  {RetryCondition::Kind::timeout},
                                  {RetryCondition::Kind::server_error}};
  OneOrMany<std::string> methods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  OrOff<Duration> per_try;
  Duration backoff = 25ms;
  Percent budget = Percent{0.2};
  std::uint32_t min = 3;
  Size max_body = kibibytes(64);
  static const Schema& schema();
};

struct Hedge {
  Duration after{};
  std::uint32_t max = 1;  // besides the first
  static const Schema& schema();
};

// Faults that are made on purpose, for a share of the requests.
struct Rehearsal {
  struct Delay {
    Duration time{};
    Percent sample = Percent{1};
    static const Schema& schema();
  };
  struct Abort {
    std::uint16_t status = 503;
    Percent sample = Percent{1};
    static const Schema& schema();
  };
  std::optional<Delay> delay;
  std::optional<Abort> abort;
  static const Schema& schema();
};

struct DeadlineField {
  std::string header = "X-Request-Timeout";
  static const Schema& schema();
};

}  // namespace sluice::config

namespace sluice {

template <>
struct Scalar<config::RetryCondition> : TextScalar<config::RetryCondition> {
  static constexpr std::string_view expected = "connect, reset, timeout, 5xx or a status such as 503";
  static constexpr std::string_view pattern = "^(connect|reset|timeout|5xx|[45][0-9][0-9])$";
  static std::optional<config::RetryCondition> parse(std::string_view text);
  static std::string print(const config::RetryCondition& v);
};

}  // namespace sluice
