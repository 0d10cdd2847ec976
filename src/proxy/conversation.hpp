// Conversation: one request and its answer on a leased connection. Whoever sends the body and whoever reads
// the answer share it, and neither knows which of them is last: the connection goes back when both are done.
//
//   auto c = Conversation::begin(std::move(lease), worker.timers);
//   exchange.tasks.spawn(upload(exchange, c));             // may tell the other one that the body is broken
//   auto answered = c->await_head(method, exchange.response);
//   exchange.response.body = std::make_unique<UpstreamBody>(std::move(c), limits);
#pragma once
#include "proxy/interruptible.hpp"
#include "sluice/body.hpp"
#include "sluice/http.hpp"
#include "sluice/timers.hpp"
#include "sluice/waiter.hpp"
#include "upstream/pool.hpp"

namespace sluice::proxy {

class Conversation : public Recycled {
 public:
  // A share of it, counted on one worker.
  class Ref {
   public:
    Ref(const Ref& o) noexcept : c_(o.c_) { ++c_->shares_; }
    Ref(Ref&& o) noexcept : c_(std::exchange(o.c_, nullptr)) {}
    Ref& operator=(Ref o) noexcept {
      std::swap(c_, o.c_);
      return *this;
    }
    ~Ref() {
      if (c_ && --c_->shares_ == 0) delete c_;
    }
    Conversation* operator->() const noexcept { return c_; }

   private:
    friend class Conversation;
    explicit Ref(Conversation* c) noexcept : c_(c) {}
    Conversation* c_;
  };

  static Ref begin(upstream::Lease lease, Timers& timers) {
    return Ref(new Conversation(std::move(lease), timers));
  }
  Conversation(const Conversation&) = delete;

  net::Http1Client& client() const noexcept { return lease_.client(); }
  upstream::Endpoint& endpoint() const noexcept { return lease_.endpoint(); }
  Timers& timers() const noexcept { return timers_; }

  // ---- the upload's side
  // True when the body may go on its way: upstream said 100, or said nothing for a second. False: it answered
  // without wanting it (RFC 9110 §10.1.1).
  Task<bool> may_upload();
  // The client's body cannot be read: waiting for an answer to it makes no sense.
  void upload_failed(const Error& why) noexcept;
  // Nobody is left who would read an answer.
  bool unwanted() const noexcept { return shares_ == 1; }
  bool uploading = false;  // the upload's coroutine is alive

  // ---- the answer's side
  Task<Result<Unit>> await_head(Method asked, Response& into);
  void go_ahead() noexcept { go_ahead_(Unit{}); }
  // The final head is here: a body that still waits is not sent.
  void answered() noexcept { go_ahead_ = {}; }

  // Bytes in either direction of a tunnel keep both alive.
  Within<Chunk>* reading = nullptr;
  Duration idle{};

 private:
  Conversation(upstream::Lease lease, Timers& timers) noexcept : lease_(std::move(lease)), timers_(timers) {}

  upstream::Lease lease_;
  Timers& timers_;
  Resolver<Unit> go_ahead_;
  Interruptible<Unit>* waiting_ = nullptr;
  std::optional<Error> broken_;
  std::uint32_t shares_ = 1;
};

}  // namespace sluice::proxy
