#include "proxy/deadline.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::proxy {
namespace {

using Milliseconds = std::chrono::milliseconds;

// About eleven days; what is longer bounds nothing.
constexpr std::int64_t longest = 999'999'999;

// Nothing where the field is absent, is no number, or comes from somebody who is not believed.
std::optional<Duration> time_given(const Exchange& x, const FieldName& field, const Snapshot& snapshot) {
  auto text = x.request.fields.get(field.text);
  if (text.empty() || x.peer.is_unix) return std::nullopt;
  auto& trusted = snapshot.listener(x.peer.listener).trusted_proxies;
  if (!contains(trusted, x.peer.address)) return std::nullopt;
  std::int64_t given = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), given);
  bool sound = fault == std::errc() && end == text.data() + text.size() && given >= 0 && given <= longest;
  return sound ? std::optional<Duration>(Milliseconds(given)) : std::nullopt;
}

}  // namespace

Deadline::Deadline(Exchange& x, const Snapshot& snapshot) noexcept : exchange_(x) {
  auto& timeout = x.route ? x.route->timeout : snapshot.edge_timeout;
  auto now = x.worker.timers.now();
  auto at = TimePoint::max();
  if (timeout) at = now + (timeout_ = *timeout);
  if (x.route) {
    shorten(x.route->timeouts.total, "total_timeout");
    if (auto& field = x.route->deadline_field) shorten(time_given(x, *field, snapshot), "deadline");
  }
  x.deadline = std::min({x.deadline, at, latest_});
}

void Deadline::shorten(const std::optional<Duration>& left, const char* cause) noexcept {
  if (!left || exchange_.worker.timers.now() + *left >= latest_) return;
  latest_ = exchange_.worker.timers.now() + *left;
  latest_cause_ = cause;
}

Error Deadline::explain(const Error& error) const noexcept {
  if (error.kind != Error::Kind::deadline || error.side != Error::Side::internal) return error;
  bool waited_for_upstream = exchange_.timeline.forwarded != TimePoint{};
  const char* cause = waited_for_upstream ? "route_timeout" : "filters_timeout";
  return Error(Error::Kind::deadline, waited_for_upstream ? Error::Side::upstream : Error::Side::internal,
               exchange_.deadline >= latest_ ? latest_cause_ : cause);
}

bool tell_time_left(Exchange& x, const FieldName& field, TimePoint until) {
  auto end = std::min(x.deadline, until);
  if (end == TimePoint::max()) {
    x.request.fields.remove(field.text);
    return true;
  }
  auto left = std::chrono::duration_cast<Milliseconds>(end - x.worker.timers.now()).count();
  if (left <= 0) return false;
  constexpr std::size_t digits = 20;
  char* text = x.arena.bytes(digits);
  auto size = static_cast<std::size_t>(std::to_chars(text, text + digits, left).ptr - text);
  x.request.fields.set(field.id, field.text, {text, size});
  return true;
}

Task<Result<Unit>> settle(Eventual<Unit> waiting) {
  co_await waiting;
  co_return Unit{};
}

}  // namespace sluice::proxy
