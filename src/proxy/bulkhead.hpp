// Where an exchange meets an upstream's breaker, and where it is seen how each attempt went.
//
//   auto entered = enter(x, upstream);                    // refused at once: 503, Retry-After, flag UO
//   if (!entered) co_return entered.error();
//   Judged judged(x, upstream, endpoint, *entered, until);
//   ... judged.answered(status) or judged.failed(error)
#pragma once
#include "sluice/exchange.hpp"
#include "upstream/upstream.hpp"

namespace sluice::proxy {

// Kept by the exchange to its end; null where the upstream has no breaker.
Result<upstream::Breaker::Ticket*> enter(Exchange& x, upstream::Upstream& upstream);

// How one attempt goes, for outlier detection and breaker; nothing where the upstream has neither. Bad are a
// 5xx, whatever the upstream's side broke, and no answer in time. An attempt that is given up for another
// reason says nothing: its client left, or another one was faster.
class Judged {
 public:
  Judged(Exchange& x, upstream::Upstream& upstream, upstream::Endpoint& endpoint,
         upstream::Breaker::Ticket* ticket, const TimePoint& until) noexcept
      : x_(x), upstream_(upstream), endpoint_(endpoint), ticket_(ticket), until_(until) {
    open_ = ticket || upstream.outlier_rules();
  }
  Judged(const Judged&) = delete;
  ~Judged() {
    if (open_ && x_.worker.timers.now() >= std::min(until_, x_.deadline)) say(false);
  }

  void answered(std::uint16_t status) noexcept {
    if (open_) say(status < 500);
  }
  void failed(const Error& error) noexcept {
    if (open_) judge(error);
  }

 private:
  void say(bool well) noexcept;
  void judge(const Error& error) noexcept;

  Exchange& x_;
  upstream::Upstream& upstream_;
  upstream::Endpoint& endpoint_;
  upstream::Breaker::Ticket* ticket_;
  const TimePoint& until_;  // of a single try
  bool open_;
};

}  // namespace sluice::proxy
