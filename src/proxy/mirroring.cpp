#include "proxy/mirroring.hpp"

#include "proxy/choice.hpp"
#include "proxy/deadline.hpp"
#include "proxy/outbound.hpp"
#include "proxy/rewrite.hpp"
#include "proxy/upload.hpp"

namespace sluice::proxy {
namespace {

constexpr int max_interim_heads = 32;
// Reading so much saves the connection; with more to come a new one is cheaper.
constexpr std::size_t most_of_answer = 1 << 20;
// Where the route has no time-out.
constexpr Duration longest = std::chrono::minutes(1);

Error upstream_error(Error::Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause);
}

// Lets a body pass and keeps what it sees of it, until all of it is there or it is too much.
class Collecting final : public BodySource {
 public:
  Collecting(BodyPtr body, std::unique_ptr<MirrorCopy> copy, const Mirroring& mirroring) noexcept
      : body_(std::move(body)), copy_(std::move(copy)), mirroring_(mirroring) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    return body_->read(max).then([this](Result<Chunk> chunk) {
      if (copy_) look(chunk);
      return chunk;
    });
  }
  bool rewind() noexcept override {
    if (!body_->rewind()) return false;
    seen_.clear();
    return true;
  }

 private:
  void look(const Result<Chunk>& chunk) {
    if (!chunk) return copy_.reset();
    if (chunk->bytes.size() > copy_->mirror().max_body - seen_.size()) {
      copy_->ended(MirrorResult::too_large);
      return copy_.reset();
    }
    seen_.append(chunk->bytes.data(), chunk->bytes.size());
    if (!chunk->end) return;
    copy_->carry(std::move(seen_));
    mirroring_.send(std::move(copy_));
  }

  BodyPtr body_;
  std::unique_ptr<MirrorCopy> copy_;  // null: it is on its way, or will never be
  const Mirroring& mirroring_;
  std::string seen_;
};

bool too_long(const Request& request, const Mirror& mirror) noexcept {
  return request.body && request.length != unknown_length && request.length > mirror.max_body;
}

// A pooled connection that the other side had closed meanwhile.
bool broke_before_answer(net::Http1Client& client, const Error& e) noexcept {
  bool broke = e.kind == Error::Kind::closed || e.kind == Error::Kind::reset;
  return broke && client.reused() && !client.answered();
}

Task<Result<Unit>> read_head(net::Http1Client& client, Exchange& x) {
  for (int heads = 0; heads < max_interim_heads; ++heads) {
    x.response.reset();
    auto receiving = client.receive_head(x.request.method, x.response);
    auto received = co_await receiving;
    if (!received) co_return received;
    if (x.response.status == 101) break;
    if (x.response.status >= 200) co_return Unit{};
  }
  co_return upstream_error(Error::Kind::malformed, "no_final_head");
}

Task<Result<Unit>> read_away(net::Http1Client& client) {
  for (std::size_t taken = 0; client.has_body() && taken < most_of_answer;) {
    auto reading = client.read_body(64 * 1024);
    auto chunk = co_await reading;
    if (!chunk) co_return chunk.error();
    taken += chunk->bytes.size();
  }
  co_return Unit{};
}

}  // namespace

void Mirroring::offer(Exchange& x, const Mirror& mirror) const {
  if (!mirror.wants(x.request) || random_.share() >= mirror.sample) return;
  if (too_long(x.request, mirror)) return mirror.count(worker_, MirrorResult::too_large);
  auto copy = MirrorCopy::make(x, mirror);
  if (!copy) return;
  if (x.request.body)
    x.request.body = std::make_unique<Collecting>(std::move(x.request.body), std::move(copy), *this);
  else
    send(std::move(copy));
}

void Mirroring::send(std::unique_ptr<MirrorCopy> copy) const {
  worker_.background.spawn(run(std::move(copy)));
}

// The route's time-out bounds all of it, the answer's body too.
Task<Unit> Mirroring::run(std::unique_ptr<MirrorCopy> copy) const {
  auto& x = copy->exchange();
  auto began = worker_.timers.now();
  x.deadline = began + x.route->timeout.value_or(longest);
  Within<Unit> bounded(worker_.timers, x.deadline, ask(*copy));
  auto answered = co_await bounded;
  if (auto at = x.timeline.answered; at != TimePoint{})
    copy->mirror().duration.observe(worker_.index, at - began);
  bool well = answered && x.response.status < 500;
  copy->ended(well ? MirrorResult::well : MirrorResult::badly);
  co_return Unit{};
}

Task<Result<Unit>> Mirroring::ask(MirrorCopy& copy) const {
  auto& x = copy.exchange();
  auto& to = *copy.mirror().to;
  auto& snapshot = *x.snapshot.get();
  auto target = target_of(x, *x.route, snapshot.merge_slashes);
  if (!target) co_return target.error();
  x.upstream.name = to.name();
  announce(x, snapshot.listener(x.peer.listener).forwarded);
  if (auto& field = x.route->deadline_field) tell_time_left(x, *field, x.deadline);
  auto walk = to.walk(worker_, asked_of(x, to));
  auto* endpoint = walk.next();
  if (!endpoint) co_return upstream_error(Error::Kind::unavailable, "no_healthy_endpoint");
  for (bool again = false;; again = true) {
    auto leasing = connections_.lease(*endpoint, to.connecting(), x.deadline);
    auto lease = co_await leasing;
    if (!lease) co_return lease.error();
    auto& client = lease->client();
    auto conversing = converse(copy, *target, client, to.host_for(lease->endpoint(), x.request.authority));
    auto done = co_await conversing;
    if (done || again || !broke_before_answer(client, done.error())) co_return done;
    if (x.request.body) x.request.body->rewind();
  }
}

Task<Result<Unit>> Mirroring::converse(MirrorCopy& copy, const http::SplitTarget& target,
                                       net::Http1Client& client, std::string_view host) const {
  auto& x = copy.exchange();
  auto head = head_of(x, target, Upload(x).framing());
  head.host = host;
  auto sending = client.send_head(head);
  auto sent = co_await sending;
  if (!sent) co_return sent;
  if (x.request.body) {
    auto reading = x.request.body->read(~std::size_t{0});
    auto whole = co_await reading;
    auto uploading = client.send_body(*whole);
    (void)co_await uploading;  // a body that was not taken may have been answered all the same
  }
  auto heading = read_head(client, x);
  auto answered = co_await heading;
  if (!answered) co_return answered;
  x.timeline.answered = worker_.timers.now();
  auto throwing_away = read_away(client);
  co_return co_await throwing_away;
}

}  // namespace sluice::proxy
