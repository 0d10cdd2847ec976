#include "proxy/upstream_body.hpp"

#include <algorithm>

namespace sluice::proxy {

UpstreamBody::UpstreamBody(Conversation::Ref conversation, const BodyTimeouts& timeouts) noexcept
    : conversation_(std::move(conversation)), timeouts_(timeouts) {}

Eventual<Result<Chunk>> UpstreamBody::read(std::size_t max) {
  if (conversation_->timers().now() >= timeouts_.total) return Result<Chunk>(late());
  auto reading = conversation_->client().read_body(max);
  if (reading.ready()) return reading;
  if (due() == TimePoint::max()) return reading;
  return wait(std::move(reading.task()));
}

Task<Result<Chunk>> UpstreamBody::wait(Task<Result<Chunk>> reading) {
  struct Shared {
    Within<Chunk>*& slot;
    Shared(Within<Chunk>*& s, Within<Chunk>& w) noexcept : slot(s) { slot = &w; }
    ~Shared() { slot = nullptr; }
  };
  Within<Chunk> bounded(conversation_->timers(), due(), std::move(reading));
  Shared shared(conversation_->reading, bounded);
  auto chunk = co_await bounded;
  bool ours = !chunk && chunk.error().kind == Error::Kind::deadline;
  if (ours) co_return late();
  co_return chunk;
}

TimePoint UpstreamBody::due() const noexcept {
  if (timeouts_.idle == Duration{}) return timeouts_.total;
  return std::min(timeouts_.total, conversation_->timers().now() + timeouts_.idle);
}

Error UpstreamBody::late() const noexcept {
  if (conversation_->timers().now() >= timeouts_.total)
    return Error(Error::Kind::deadline, Error::Side::upstream, "total_timeout");
  return Error(Error::Kind::timeout, Error::Side::upstream, timeouts_.cause);
}

}  // namespace sluice::proxy
