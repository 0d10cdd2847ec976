#include "filters/cache/body_reader.hpp"

#include <algorithm>

namespace sluice::filters::cache {

BodyPtr BodyReader::open(StoredPtr stored, Worker& worker, std::uint64_t from, std::uint64_t size) {
  std::unique_ptr<BodyReader> reader(new BodyReader(std::move(stored), worker, from, size));
  auto& body = reader->stored_->body();
  if (body.complete()) return reader;
  auto flow = body.flow();
  if (flow && flow->join(reader->place_, from)) {
    reader->flow_ = std::move(flow);
    return reader;
  }
  if (!body.complete()) return nullptr;  // or it was finished in between
  return reader;
}

BodyReader::BodyReader(StoredPtr stored, Worker& worker, std::uint64_t from, std::uint64_t size) noexcept
    : stored_(std::move(stored)),
      worker_(worker),
      from_(from),
      to_(size == unknown_length ? unknown_length : from + size),
      at_(from) {}

BodyReader::~BodyReader() {
  if (flow_) flow_->leave(place_);
}

Eventual<Result<Chunk>> BodyReader::read(std::size_t max) {
  if (flow_) flow_->move(place_, at_);
  if (auto chunk = next(max)) return std::move(*chunk);
  return wait(max);
}

// The state is looked at before the length: where it is final so is what is published.
std::optional<Result<Chunk>> BodyReader::next(std::size_t max) {
  auto& body = stored_->body();
  auto state = body.state();
  auto published = body.published();
  bool is_over = state == StoredBody::State::complete || state == StoredBody::State::passed;
  auto end = is_over ? std::min(to_, published) : to_;
  if (auto there = std::min(end, published); at_ < there) {
    auto bytes = body.bytes(at_, there);
    bytes = bytes.first(std::min(max, bytes.size()));
    at_ += bytes.size();
    return Result<Chunk>(Chunk{bytes, at_ == end, nullptr});
  }
  if (at_ >= end) return Result<Chunk>(Chunk{{}, true, nullptr});
  if (state == StoredBody::State::broken) return Result<Chunk>(flow_->error());
  return std::nullopt;
}

Task<Result<Chunk>> BodyReader::wait(std::size_t max) {
  for (;;) {
    {
      Sitting<Unit> sitting(worker_, flow_->lock);
      if (flow_->sit(sitting, at_)) {
        auto woken = co_await sitting.answer;
        if (!woken) co_return woken.error();
      }
    }
    if (auto chunk = next(max)) co_return std::move(*chunk);
  }
}

bool BodyReader::rewind() noexcept {
  if (!stored_->complete()) return false;
  at_ = from_;
  return true;
}

}  // namespace sluice::filters::cache
