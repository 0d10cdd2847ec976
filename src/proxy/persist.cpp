// The forwarder's part in trying more than once: attempt, judge, pause, next endpoint.
#include <cstdio>

#include "proxy/forwarder.hpp"
#include "proxy/persistence.hpp"
#include "proxy/race.hpp"
#include "upstream/sleep.hpp"

namespace sluice::proxy {
namespace {

// Of an answer that nobody will read.
constexpr std::size_t worth_reading = 64 * 1024;

constexpr std::size_t most_tries_told = 5;

// Whether the request could be sent again, its body held where it has one. A body that is too long goes on
// as it came, once.
Task<Result<bool>> hold(Exchange& x, const RetryRules& rules) {
  auto& request = x.request;
  if (!request.upgrade.empty() || !rules.repeats(request.method, request.method_text)) co_return false;
  if (!request.body) co_return true;
  auto longest = std::min<std::uint64_t>(rules.max_body(), x.buffer);
  bool too_long = request.length != unknown_length && request.length > longest;
  if (too_long || request.expects_continue) co_return false;
  auto* as_it_came = request.body.get();
  auto reading = x.buffer_body(longest);
  auto held = co_await reading;
  if (held) co_return true;
  bool put_back = held.error().kind == Error::Kind::too_large && request.body.get() != as_it_came;
  if (put_back) co_return false;
  co_return held.error();
}

// What is here already is taken, so that the connection may serve again; one with more to come is closed.
void discard(Response& response) {
  for (std::size_t taken = 0; response.body && taken < worth_reading;) {
    auto reading = response.body->read(worth_reading);
    if (!reading.ready()) break;
    auto& chunk = reading.value();
    if (!chunk || chunk->end) break;
    taken += chunk->bytes.size();
  }
  response.reset();
}

std::string_view told(const Result<Unit>& done, std::uint16_t status, Arena& arena) {
  if (!done) return done.error().cause;
  char digits[8];
  auto size = std::snprintf(digits, sizeof digits, "%u", unsigned{status});
  return arena.copy({digits, static_cast<std::size_t>(size)});
}

void note(Exchange& x, const Result<Unit>& done) {
  auto& tries = x.upstream.tries;
  if (tries.size() == most_tries_told) return;
  if (tries.empty())
    tries = {new (x.arena.take(sizeof(std::string_view) * most_tries_told, alignof(std::string_view)))
                 std::string_view[most_tries_told],
             0};
  tries = {tries.data(), tries.size() + 1};
  tries.back() = x.arena.concat({x.upstream.endpoint, ":", told(done, x.response.status, x.arena)});
}

}  // namespace

Task<Result<Unit>> Forwarder::persist(Way& way, upstream::Walk& walk, const Persistence& plan) const {
  auto& x = way.x;
  auto holding = hold(x, plan.retry);
  auto held = co_await holding;
  if (!held) co_return held.error();
  if (*held) way.upload.hold();
  auto per_try = *held ? plan.retry.per_try() : Duration{};
  bool hedged = plan.hedge && is_idempotent(x.request.method) && !x.request.body && x.request.upgrade.empty();
  auto* endpoint = walk.next();
  if (!endpoint) co_return Error(Error::Kind::unavailable, Error::Side::upstream, "no_healthy_endpoint");
  for (;;) {
    auto trying = hedged ? hedge(way, walk, *endpoint, plan, per_try) : try_once(way, *endpoint, per_try);
    auto done = co_await trying;
    auto reason = done ? plan.retry.reason_of(x.response.status) : plan.retry.reason_of(done.error());
    bool unseen = reason == RetryReason::connect;
    if (!reason || crowded(way) || !(unseen || *held)) co_return done;
    auto pause = unseen ? Duration{} : plan.retry.pause(x.upstream.attempts, random_.share());
    endpoint = next_try(way, walk, plan.retry, *reason, pause);
    if (!endpoint) co_return done;
    note(x, done);
    discard(x.response);
    if (pause > Duration{}) {
      upstream::Sleep sleep(worker_.timers, worker_.timers.now() + pause);
      co_await sleep;
    }
    hedged = false;
  }
}

upstream::Endpoint* Forwarder::next_try(Way& way, upstream::Walk& walk, const RetryRules& rules,
                                        RetryReason reason, Duration pause) const {
  auto& x = way.x;
  auto& retries = way.upstream.retries();
  auto now = worker_.timers.now();
  bool possible = x.upstream.attempts < rules.attempts() && now + pause < x.deadline;
  upstream::Endpoint* endpoint = nullptr;
  if (possible && reason == RetryReason::connect) {
    endpoint = after_unreached(way, walk, rules.budget());
  } else if (possible && (endpoint = walk.next())) {
    if (retries.budget.take(rules.budget(), now)) {
      retries.count(reason, worker_.index);
    } else {
      retries.count_refused(worker_.index);
      endpoint = nullptr;
    }
  }
  if (!endpoint) x.flags.set(Flag::urx);
  return endpoint;
}

Task<Result<Unit>> Forwarder::try_once(Way& way, upstream::Endpoint& endpoint, Duration per_try) const {
  auto& x = way.x;
  ++x.upstream.attempts;
  x.upstream.endpoint = x.arena.copy(endpoint.name());
  auto until = per_try == Duration{} ? TimePoint::max() : worker_.timers.now() + per_try;
  way.until = until < x.deadline ? until : TimePoint::max();
  Within<Unit> bounded(worker_.timers, way.until, attempt(way, endpoint));
  auto done = co_await bounded;
  bool late = !done && done.error().kind == Error::Kind::deadline && way.until <= worker_.timers.now();
  if (!late) co_return done;
  count(way, endpoint, 0);
  co_return Error(Error::Kind::timeout, Error::Side::upstream, "per_try_timeout");
}

}  // namespace sluice::proxy
