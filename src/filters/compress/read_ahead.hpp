// A source that is asked for its next piece before anybody waits for it. So it can be told whether a piece is
// there already, or will be at some time: what was taken before must not wait for it.
//
//   if (!ahead.asked()) ahead.ask(64 * 1024);
//   if (!ahead.arrived()) co_await ...;                 // others' turn: a socket may have it
//   if (!ahead.arrived()) flush();
//   auto waiting = ahead.wait();  co_await waiting;
//   auto chunk = ahead.take();                          // valid until it is asked again
#pragma once
#include <exception>
#include <optional>

#include "sluice/body.hpp"
#include "sluice/scope.hpp"
#include "sluice/waiter.hpp"

namespace sluice::filters::compress {

class ReadAhead {
 public:
  explicit ReadAhead(BodyPtr body) noexcept : body_(std::move(body)) {}

  bool asked() const noexcept { return asked_; }
  bool arrived() const noexcept { return arrived_ || fault_; }

  void ask(std::size_t max);
  Task<Unit> wait();
  // What arrived; rethrows what the source threw.
  Result<Chunk> take();

 private:
  Task<Unit> pull(Task<Result<Chunk>> reading);

  BodyPtr body_;
  bool asked_ = false;
  std::optional<Result<Chunk>> arrived_;
  std::exception_ptr fault_;
  Resolver<Unit> waiting_;
  Scope pulling_;  // last: it dies first
};

}  // namespace sluice::filters::compress
