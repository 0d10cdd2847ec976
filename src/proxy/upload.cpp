#include "proxy/upload.hpp"

#include "proxy/announced_length.hpp"

namespace sluice::proxy {
namespace {

constexpr std::size_t piece = 64 * 1024;

using Reading = std::optional<Eventual<Result<Chunk>>>;

// An upload that fails on the upstream's side says nothing: the answer, or its absence, will.
Task<Unit> pump(Exchange& x, Conversation::Ref c, Reading first) {
  struct Alive {
    bool& flag;
    explicit Alive(bool& f) noexcept : flag(f) { flag = true; }
    ~Alive() { flag = false; }
  } alive(c->uploading);
  if (x.request.expects_continue) {
    auto asking = c->may_upload();
    if (!co_await asking) co_return Unit{};
  }
  std::uint64_t total = 0;
  for (bool end = false; !end;) {
    auto reading = first ? std::move(*first) : x.request.body->read(piece);
    first.reset();
    auto chunk = co_await reading;
    if (chunk && !keeps_word(x.request.length, total, *chunk)) chunk = length_error();
    if (!chunk) {
      c->upload_failed(chunk.error());
      break;
    }
    if (c->unwanted()) break;
    total += chunk->bytes.size();
    auto sending = c->client().send_body(*chunk);
    auto sent = co_await sending;
    end = !sent || chunk->end;
  }
  co_return Unit{};
}

}  // namespace

// A client that waits for a 100 must not be told to go on before the upstream has been asked.
Result<Unit> Upload::look() {
  if (!has_body() || exchange_.request.expects_continue || first_ || pending_) return Unit{};
  auto reading = exchange_.request.body->read(first_piece_);
  if (!reading.ready()) {
    pending_.emplace(std::move(reading));
    return Unit{};
  }
  auto& chunk = reading.value();
  if (!chunk) return chunk.error();
  if (!keeps_word(exchange_.request.length, 0, *chunk)) return length_error();
  first_ = *chunk;
  return Unit{};
}

http::Framing::Body Upload::framing() const noexcept {
  using Body = http::Framing::Body;
  auto& request = exchange_.request;
  if (has_body()) return request.length == unknown_length ? Body::chunked : Body::length;
  auto m = request.method;
  bool expected = m == Method::post || m == Method::put || m == Method::patch;
  return expected && request.upgrade.empty() ? Body::length : Body::none;
}

Eventual<Result<Unit>> Upload::start(const Conversation::Ref& c) {
  if (!has_body()) return ok();
  if (first_ && first_->end) return c->client().send_body(*first_);
  Reading first;
  if (first_)
    first.emplace(Result<Chunk>(*std::exchange(first_, std::nullopt)));
  else
    first = std::exchange(pending_, std::nullopt);
  exchange_.tasks.spawn(pump(exchange_, c, std::move(first)));
  started_ = true;
  return ok();
}

bool Upload::repeat(const Conversation::Ref& c) {
  if (!has_body() || (first_ && first_->end)) return true;
  if (!started_) return true;
  if (c->uploading || !exchange_.request.body->rewind()) return false;
  started_ = false;
  return static_cast<bool>(look());
}

Task<Unit> pump_tunnel(Exchange& x, Conversation::Ref c) {
  for (bool end = false; !end;) {
    auto reading = x.request.body->read(piece);
    auto chunk = co_await reading;
    if (!chunk || c->unwanted()) break;
    auto sending = c->client().send_body(*chunk);
    auto sent = co_await sending;
    if (c->reading && c->idle != Duration{}) c->reading->extend(c->timers().now() + c->idle);
    end = !sent || chunk->end;
  }
  if (!c->unwanted()) c->client().stream().finish();
  co_return Unit{};
}

}  // namespace sluice::proxy
