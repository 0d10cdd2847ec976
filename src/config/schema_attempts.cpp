// What the keys of a route mean that are about trying again, and until when.
#include <array>

#include "config/attempts.hpp"
#include "config/values.hpp"

namespace sluice {
namespace {

using Kind = config::RetryCondition::Kind;

// In the order of the enumeration.
constexpr std::array<std::string_view, 4> conditions = {"connect", "reset", "timeout", "5xx"};

}  // namespace

std::optional<config::RetryCondition> Scalar<config::RetryCondition>::parse(std::string_view text) {
  for (std::size_t i = 0; i < conditions.size(); ++i)
    if (text == conditions[i]) return config::RetryCondition{static_cast<Kind>(i)};
  auto status = Scalar<std::uint16_t>::parse(text);
  if (!status || text.size() != 3 || *status < 400 || *status > 599) return std::nullopt;
  return config::RetryCondition{Kind::status, *status};
}

std::string Scalar<config::RetryCondition>::print(const config::RetryCondition& v) {
  if (v.kind == Kind::status) return std::to_string(v.status);
  return std::string(conditions[static_cast<std::size_t>(v.kind)]);
}

}  // namespace sluice

namespace sluice::config {

const Schema& Retry::schema() {
  static const Schema s =
      describe<Retry>("Trying again, at another endpoint, what failed at one.")
          .member("attempts", &Retry::attempts, "How many, the first included.", range(2, 10))
          .member("on", &Retry::on,
                  "What is tried again: no connection (`connect`), one that broke or said what is no HTTP "
                  "(`reset`), a `per_try` that passed (`timeout`), every `5xx`, or single statuses.")
          .member("methods", &Retry::methods,
                  "Whose requests may be tried again once an endpoint can have seen them. GET includes HEAD.")
          .member("per_try", &Retry::per_try,
                  "How long one attempt may take to the answer's head, connecting included; what the route's "
                  "`timeout` leaves, where that is less.",
                  at_least<Duration>(1ms))
          .member("backoff", &Retry::backoff,
                  "The longest pause before the second attempt, doubled for each further one; the pause is "
                  "anything from nothing to that. None after a failure to connect.")
          .member(
              "budget", &Retry::budget,
              "How many requests to an upstream may be tried again in 10s, as a share of those that came.",
              range(Percent{0}, Percent{1}))
          .member("min", &Retry::min, "So many may in any case.", range(0, 100000))
          .member(
              "max_body", &Retry::max_body,
              "The longest body that is held to be sent again; a request with a longer one is tried once.",
              range(Size{0}, mebibytes(1)))
          .short_form("attempts")
          .check([](const Retry& r, Faults& faults) {
            if (r.on.empty()) faults.add("on", "expected at least one condition");
            if (r.methods.empty()) faults.add("methods", "expected at least one method");
            for (auto& m : r.methods)
              if (!is_token(m)) faults.add("methods", "'" + m + "' is no method");
          });
  return s;
}

const Schema& Hedge::schema() {
  static const Schema s =
      describe<Hedge>("A second attempt, at another endpoint, while the first still waits for its answer.")
          .member("after", &Hedge::after, "How long the first may wait.", required, at_least<Duration>(1ms))
          .member("max", &Hedge::max, "How many besides the first, one after another.", range(1, 3))
          .short_form("after");
  return s;
}

const Schema& Rehearsal::Delay::schema() {
  static const Schema s =
      describe<Delay>("A pause before the upstream is asked.")
          .member("time", &Delay::time, "How long.", required, at_least<Duration>(1ms))
          .member("sample", &Delay::sample, "The share of requests.", range(Percent{0}, Percent{1}))
          .short_form("time");
  return s;
}

const Schema& Rehearsal::Abort::schema() {
  static const Schema s =
      describe<Abort>("An error in the place of the upstream's answer.")
          .member("status", &Abort::status, "Its status.", range(400, 599))
          .member("sample", &Abort::sample, "The share of requests.", range(Percent{0}, Percent{1}))
          .short_form("status");
  return s;
}

const Schema& Rehearsal::schema() {
  static const Schema s =
      describe<Rehearsal>("Faults that are injected, to rehearse what callers do then.")
          .member("delay", &Rehearsal::delay, "A pause before the upstream is asked. Flag `DI`.")
          .member("abort", &Rehearsal::abort, "An error in the place of the upstream's answer. Flag `FI`.");
  return s;
}

const Schema& DeadlineField::schema() {
  static const Schema s =
      describe<DeadlineField>("How long is left of a request, in whole milliseconds, told in a field.")
          .member("header", &DeadlineField::header,
                  "The field that upstreams are sent. Trusted proxies may send it too, and shorten the time.")
          .short_form("header")
          .check([](const DeadlineField& d, Faults& faults) {
            if (!is_token(d.header)) faults.add("header", "'" + d.header + "' is no field's name");
          });
  return s;
}

}  // namespace sluice::config
