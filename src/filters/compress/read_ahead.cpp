#include "filters/compress/read_ahead.hpp"

#include <utility>

namespace sluice::filters::compress {

void ReadAhead::ask(std::size_t max) {
  auto reading = body_->read(max);
  asked_ = true;
  if (reading.ready())
    arrived_.emplace(std::move(reading.value()));
  else
    pulling_.spawn(pull(std::move(reading.task())));
}

Task<Unit> ReadAhead::pull(Task<Result<Chunk>> reading) {
  try {
    arrived_.emplace(co_await reading);
  } catch (...) {
    fault_ = std::current_exception();
  }
  waiting_(Unit{});
  co_return Unit{};
}

Task<Unit> ReadAhead::wait() {
  if (arrived()) co_return Unit{};
  Waiter<Unit> waiter;
  waiting_ = waiter.resolver();
  (void)co_await waiter;
  co_return Unit{};
}

Result<Chunk> ReadAhead::take() {
  asked_ = false;
  if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  auto chunk = std::move(*arrived_);
  arrived_.reset();
  return chunk;
}

}  // namespace sluice::filters::compress
