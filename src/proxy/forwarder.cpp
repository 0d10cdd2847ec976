#include "proxy/forwarder.hpp"

#include "proxy/deadline.hpp"
#include "proxy/outbound.hpp"
#include "proxy/rehearse.hpp"
#include "proxy/upstream_body.hpp"

namespace sluice::proxy {
namespace {

// Their text stays in the exchange's arena, so their number is bounded.
constexpr int max_interim_heads = 32;

Error upstream_error(Error::Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause);
}

Error overflow(const char* cause) noexcept {
  return Error(Error::Kind::unavailable, Error::Side::upstream, cause, Error::Retry::always);
}

// What an upstream closed while the request was on its way to it: it may never have seen it.
bool broke_before_answer(const Conversation::Ref& c, const Error& e) noexcept {
  bool broke = e.kind == Error::Kind::closed || e.kind == Error::Kind::reset;
  return e.side == Error::Side::upstream && broke && c->client().reused() && !c->client().answered();
}

BodyTimeouts timeouts_of(const Exchange& x, std::uint16_t status, Duration idle, const char* cause) noexcept {
  BodyTimeouts t;
  t.idle = idle;
  t.cause = cause;
  if (auto& total = x.route->timeouts.total; total && status != 101) t.total = x.timeline.head + *total;
  return t;
}

}  // namespace

Task<Result<Unit>> Forwarder::forward(Exchange& x, const Forward& to, ResponseSink* interim) const {
  if (auto* faults = x.route->faults.get()) {
    auto rehearsing = rehearse(x, *faults, random_);
    if (co_await rehearsing == Verdict::reply) co_return Unit{};
  }
  auto& snapshot = *x.snapshot.get();
  auto target = target_of(x, *x.route, snapshot.merge_slashes);
  if (!target) co_return target.error();
  if (auto* mirror = x.route->mirror.get()) mirroring_.offer(x, *mirror);
  auto* upstream = choose(to, x);
  if (!upstream) co_return upstream_error(Error::Kind::unavailable, "no_upstream");
  x.upstream.name = upstream->name();
  announce(x, snapshot.listener(x.peer.listener).forwarded);

  auto entered = enter(x, *upstream);
  if (!entered) co_return entered.error();
  Way way{x, *upstream, interim, *target, Upload(x), x.response};
  way.ticket = *entered;
  upstream->retries().budget.count_request(worker_.index, worker_.timers.now());
  auto walk = upstream->walk(worker_, asked_of(x, *upstream));
  if (auto* plan = x.route->persistence.get()) {
    auto persisting = persist(way, walk, *plan);
    auto done = co_await persisting;
    if (done) stick(x, *upstream, walk, *way.at);
    co_return done;
  }
  auto last = upstream_error(Error::Kind::unavailable, "no_healthy_endpoint");
  for (auto* endpoint = walk.next(); endpoint; endpoint = after_unreached(way, walk, {})) {
    ++x.upstream.attempts;
    x.upstream.endpoint = x.arena.copy(endpoint->name());
    auto attempting = attempt(way, *endpoint);
    auto done = co_await attempting;
    if (done) stick(x, *upstream, walk, *endpoint);
    if (done || done.error().retry != Error::Retry::always || crowded(way)) co_return done;
    last = done.error();
  }
  co_return last;
}

// Who takes the place of one that could not be reached. Where all are dead everybody would ask them all; who
// was found so within the last second is therefore passed by, or paid for where there is nobody else.
upstream::Endpoint* Forwarder::after_unreached(Way& way, upstream::Walk& walk,
                                               const upstream::RetryBudget::Terms& budget) const {
  auto& retries = way.upstream.retries();
  auto now = worker_.timers.now();
  auto* last_resort = walk.next();
  auto* endpoint = last_resort;
  while (endpoint && endpoint->avoided(now)) endpoint = walk.next();
  if (!endpoint && last_resort) {
    if (retries.budget.take(budget, now)) {
      endpoint = last_resort;
    } else {
      retries.count_refused(worker_.index);
      way.x.flags.set(Flag::urx);
    }
  }
  if (endpoint) retries.count(RetryReason::connect, worker_.index);
  return endpoint;
}

// Retry::always comes out of here only where no connection was made.
Task<Result<Unit>> Forwarder::attempt(Way& way, upstream::Endpoint& endpoint) const {
  auto& x = way.x;
  way.at = &endpoint;
  Stopwatch watch(worker_, endpoint, way.upstream);
  Judged judged(x, way.upstream, endpoint, way.ticket, way.until);
  for (bool again = false;; again = true) {
    auto leasing = connections_.lease(endpoint, way.upstream.connecting(), x.deadline);
    upstream::Breaker::Waiting waiting(way.ticket, !leasing.ready());
    if (!waiting) co_return overflow("too_many_pending");
    auto lease = co_await leasing;
    waiting.end();
    if (!lease) {
      judged.failed(lease.error());
      if (lease.error().kind != Error::Kind::unavailable) endpoint.unreached(worker_.timers.now());
      count(way, endpoint, 0);
      co_return lease.error();
    }
    endpoint.reached();
    x.timeline.connected = way.connected = worker_.timers.now();
    auto conversation = Conversation::begin(std::move(*lease), worker_.timers);
    auto asking = ask(way, conversation);
    auto answered = co_await asking;
    if (answered) {
      watch.answered(way.response.status);
      judged.answered(way.response.status);
      co_return answered;
    }
    auto error = answered.error();
    count(way, endpoint, 0);
    bool harmless = is_idempotent(x.request.method) || error.retry == Error::Retry::always;
    bool repeat = !again && harmless && broke_before_answer(conversation, error) &&
                  x.request.upgrade.empty() && way.upload.repeat(conversation);
    error.retry = Error::Retry::never;
    if (repeat) continue;
    judged.failed(error);
    co_return error;
  }
}

Task<Result<Unit>> Forwarder::ask(Way& way, const Conversation::Ref& c) const {
  auto& x = way.x;
  if (auto looked = way.upload.look(); !looked) co_return looked.error();
  if (auto& field = x.route->deadline_field; field && !tell_time_left(x, *field, way.until))
    co_return Error(Error::Kind::deadline, Error::Side::internal, "deadline");
  auto head = head_of(x, way.target, way.upload.framing());
  head.host = way.upstream.host_for(c->endpoint(), x.request.authority);
  auto sending = c->client().send_head(head);
  auto sent = co_await sending;
  if (!sent) co_return sent;
  auto starting = way.upload.start(c);
  (void)co_await starting;  // a body that was not taken may have been answered all the same
  auto receiving = receive(way, c);
  co_return co_await receiving;
}

Task<Result<Unit>> Forwarder::receive(Way& way, const Conversation::Ref& c) const {
  auto& response = way.response;
  for (int heads = 0; heads < max_interim_heads; ++heads) {
    response.reset();
    auto receiving = c->await_head(way.x.request.method, response);
    auto got = co_await receiving;
    if (!got) co_return got;
    if (response.status >= 200 || response.status == 101) co_return take_answer(way, c);
    if (response.status == 100) {
      c->go_ahead();
    } else if (way.interim) {
      auto telling = way.interim->interim(response.status, response.fields);
      auto told = co_await telling;
      if (!told) co_return told;
    }
  }
  co_return upstream_error(Error::Kind::malformed, "too_many_interim_heads");
}

Result<Unit> Forwarder::take_answer(Way& way, const Conversation::Ref& c) const {
  auto& x = way.x;
  auto& response = way.response;
  c->answered();
  x.timeline.answered = way.answered = worker_.timers.now();
  if (response.status == 101) {
    if (x.request.upgrade.empty()) return upstream_error(Error::Kind::malformed, "unexpected_101");
    x.lift_deadline();
    c->idle = x.route->timeouts.tunnel.value_or(Duration{});
    response.length = unknown_length;
    response.body =
        std::make_unique<UpstreamBody>(c, timeouts_of(x, response.status, c->idle, "tunnel_idle"));
    x.tasks.spawn(pump_tunnel(x, c));
  } else if (c->client().has_body()) {
    auto idle = x.route->timeouts.idle.value_or(Duration{});
    response.body = std::make_unique<UpstreamBody>(c, timeouts_of(x, response.status, idle, "upstream_idle"));
  }
  count(way, c->endpoint(), response.status);
  return Unit{};
}

void Forwarder::count(const Way& way, const upstream::Endpoint& endpoint,
                      std::uint16_t status) const noexcept {
  metrics_.attempt(way.upstream.id(), endpoint.id(), status,
                   status ? way.answered - way.connected : Duration{});
}

}  // namespace sluice::proxy
