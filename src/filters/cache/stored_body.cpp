#include "filters/cache/stored_body.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "filters/cache/body_flow.hpp"

namespace sluice::filters::cache {

StoredBody::StoredBody(MemoryBound& bound, std::span<Slot> slots) noexcept
    : bound_(bound),
      storage_(slots.data()),
      slot_count_(static_cast<std::uint32_t>(slots.size())),
      length_(unknown_length) {}

StoredBody::StoredBody(MemoryBound& bound, std::span<char> whole) noexcept
    : bound_(bound), storage_(whole.data()), slot_count_(0), length_(whole.size()) {}

StoredBody::~StoredBody() {
  for (auto& s : all_slots()) free_block(s.load(std::memory_order_acquire));
}

void StoredBody::free_block(char* bytes) noexcept {
  if (!bytes) return;
  release_pages(bytes, block);
  bound_.give_back(block);
}

std::span<const char> StoredBody::bytes(std::uint64_t from, std::uint64_t to) const noexcept {
  if (slot_count_ == 0) return {whole() + from, static_cast<std::size_t>(to - from)};
  auto offset = from % block;
  return {slot(from).load(std::memory_order_acquire) + offset,
          static_cast<std::size_t>(std::min<std::uint64_t>(to - from, block - offset))};
}

FlowPtr StoredBody::flow() const noexcept {
  std::lock_guard held(lock_);
  return flow_;
}

std::size_t StoredBody::blocks_size() const noexcept {
  return slot_count_ > 0 ? (published() + block - 1) / block * block : 0;
}

bool StoredBody::begin(Worker& worker, std::uint64_t most) {
  flow_ = FlowPtr(new BodyFlow(*this, worker, most));
  return slot_count_ == 0 || add_block();
}

std::size_t StoredBody::append(std::span<const char> bytes) noexcept {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    auto free = gap();
    if (free.empty() && !add_block()) break;
    auto n = std::min(free.size(), bytes.size() - taken);
    std::copy_n(bytes.data() + taken, n, free.data());
    published_.store(published_.load(std::memory_order_relaxed) + n, std::memory_order_release);
    taken += n;
  }
  return taken;
}

// Where the next bytes go: what is left of the one piece, or of the block that was added last.
std::span<char> StoredBody::gap() const noexcept {
  auto at = published_.load(std::memory_order_relaxed);
  if (slot_count_ == 0) return {whole() + at, static_cast<std::size_t>(length_ - at)};
  auto limit =
      flow_->window_.load(std::memory_order_relaxed) ? flow_->end_ : std::min(flow_->end_, flow_->most_);
  if (at >= limit) return {};
  auto offset = at % block;
  return {slot(at).load(std::memory_order_relaxed) + offset,
          static_cast<std::size_t>(std::min<std::uint64_t>(limit - at, block - offset))};
}

bool StoredBody::add_block() noexcept {
  auto& flow = *flow_;
  bool window_is_open = flow.window_.load(std::memory_order_relaxed);
  if (slot_count_ == 0 || flow.end_ - flow.first_ >= (window_is_open ? window : flow.most_)) return false;
  if (!bound_.take(block)) return false;
  auto* bytes = static_cast<char*>(allocate_pages(block));
  if (!bytes) return bound_.give_back(block), false;
  slot(flow.end_).store(bytes, std::memory_order_release);
  flow.end_ += block;
  return true;
}

void StoredBody::tell() {
  flow_->wake_readers();
}

bool StoredBody::become_window() noexcept {
  if (slot_count_ > 0) flow_->open_window();
  return slot_count_ > 0;
}

Task<Result<Unit>> StoredBody::room(Worker& worker) {
  auto flow = flow_;
  for (;;) {
    for (auto* freed = flow->turn_blocks(); freed;) {
      auto* bytes = freed;
      std::memcpy(&freed, bytes, sizeof freed);
      free_block(bytes);
    }
    if (!flow->is_read()) co_return Error(Error::Kind::abandoned, Error::Side::internal, "cache_unread");
    if (!gap().empty() || add_block()) co_return ok();
    Sitting<Unit> sitting(worker, flow->lock);
    if (!flow->sit_writer(sitting)) continue;
    auto woken = co_await sitting.answer;
    if (!woken) co_return woken.error();
  }
}

void StoredBody::finish() {
  if (state() != State::filling) return;
  bool window_is_open = flow_->window_.load(std::memory_order_relaxed);
  state_.store(window_is_open ? State::passed : State::complete, std::memory_order_release);
  end();
}

void StoredBody::copy(const StoredBody& from) noexcept {
  for (std::uint64_t at = 0; at < length_;) {
    auto part = from.bytes(at, length_);
    std::ranges::copy(part, whole() + at);
    at += part.size();
  }
  published_.store(length_, std::memory_order_release);
  state_.store(State::complete, std::memory_order_release);
}

void StoredBody::fail(const Error& error) {
  if (flow_ && (flow_->stop(error) || state() == State::broken)) end();
}

// Those who read it hold the flow for as long as they do.
void StoredBody::end() {
  flow_->wake_readers();
  FlowPtr gone;
  std::lock_guard held(lock_);
  gone.swap(flow_);
}

}  // namespace sluice::filters::cache
