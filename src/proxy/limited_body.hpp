// A request's body of unknown length, cut off at a limit: Error::too_large past `max` bytes, and what came
// before was no more than that.
#pragma once
#include "sluice/body.hpp"

namespace sluice::proxy {

class LimitedBody final : public BodySource {
 public:
  LimitedBody(BodyPtr body, std::uint64_t max) noexcept : body_(std::move(body)), max_(max), left_(max) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    return body_->read(max).then([this](Result<Chunk> chunk) { return count(std::move(chunk)); });
  }
  bool rewind() noexcept override {
    left_ = max_;
    return body_->rewind();
  }

 private:
  Result<Chunk> count(Result<Chunk> chunk) noexcept {
    if (!chunk) return chunk;
    if (chunk->bytes.size() > left_)
      return Error(Error::Kind::too_large, Error::Side::downstream, "body_too_large");
    left_ -= chunk->bytes.size();
    return chunk;
  }

  BodyPtr body_;
  std::uint64_t max_;
  std::uint64_t left_;
};

}  // namespace sluice::proxy
