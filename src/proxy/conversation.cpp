#include "proxy/conversation.hpp"

namespace sluice::proxy {
namespace {

constexpr Duration patience = std::chrono::seconds(1);

Task<Result<Unit>> answer_of(Waiter<Unit>& waiter) {
  co_return co_await waiter;
}

}  // namespace

Task<bool> Conversation::may_upload() {
  Waiter<Unit> waiter;
  go_ahead_ = waiter.resolver();
  Within<Unit> bounded(timers_, timers_.now() + patience, answer_of(waiter));
  auto answer = co_await bounded;
  co_return answer || answer.error().kind == Error::Kind::deadline;
}

void Conversation::upload_failed(const Error& why) noexcept {
  broken_ = why;
  if (waiting_) waiting_->interrupt(why);
}

Task<Result<Unit>> Conversation::await_head(Method asked, Response& into) {
  if (broken_) co_return *broken_;
  auto receiving = client().receive_head(asked, into);
  if (receiving.ready()) co_return receiving.value();

  struct Waiting {
    Interruptible<Unit>*& slot;
    explicit Waiting(Interruptible<Unit>*& s) noexcept : slot(s) {}
    ~Waiting() { slot = nullptr; }
  };
  Interruptible<Unit> interruptible(std::move(receiving.task()));
  Waiting here(waiting_);
  waiting_ = &interruptible;
  co_return co_await interruptible;
}

}  // namespace sluice::proxy
