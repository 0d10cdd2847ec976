// Body sources for tests: one that the test feeds by hand, and the villains.
//
//   kit::Pipe pipe;
//   exchange.request.body = pipe.body();
//   pipe.push("part");  loop.spin();      // ... pipe.pulled, pipe.abandoned
//
//   exchange.request.body = kit::stalls_after("par");
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/body.hpp"
#include "sluice/waiter.hpp"

namespace sluice::kit {

class Pipe {
 public:
  Pipe() = default;
  Pipe(const Pipe&) = delete;

  BodyPtr body() { return std::make_unique<Body>(*this); }

  void push(std::string_view bytes, bool end = false) {
    bytes_ += bytes;
    ended_ = end;
    wake();
  }
  void finish() { push("", true); }
  void fail(const Error& error) {
    error_ = error;
    failed_ = true;
    wake();
  }

  std::size_t pulled = 0;  // bytes that were read: what was not pulled is not sent, so this is the window
  bool abandoned = false;  // the body was destroyed
  bool waiting() const { return std::ranges::any_of(waiting_, &Resolver<Unit>::wanted); }

 private:
  class Body final : public BodySource {
   public:
    explicit Body(Pipe& pipe) : pipe_(pipe) {}
    ~Body() override { pipe_.abandoned = true; }
    Eventual<Result<Chunk>> read(std::size_t max) override {
      if (pipe_.silent()) return wait(max);
      return now(max);
    }

   private:
    Result<Chunk> now(std::size_t max) {
      if (pipe_.bytes_.empty() && pipe_.failed_) return pipe_.error_;
      piece_ = pipe_.bytes_.substr(0, max);
      pipe_.bytes_.erase(0, piece_.size());
      pipe_.pulled += piece_.size();
      return Chunk{{piece_.data(), piece_.size()}, pipe_.ended_ && pipe_.bytes_.empty(), nullptr};
    }
    Task<Result<Chunk>> wait(std::size_t max) {
      while (pipe_.silent()) {
        Waiter<Unit> waiter;
        pipe_.waiting_.push_back(waiter.resolver());
        auto woken = co_await waiter;
        if (!woken) co_return woken.error();
      }
      co_return now(max);
    }
    Pipe& pipe_;
    std::string piece_;
  };

  bool silent() const { return bytes_.empty() && !ended_ && !failed_; }
  void wake() {
    auto waiting = std::move(waiting_);
    waiting_.clear();
    for (auto& resolver : waiting) resolver(Unit{});
  }

  std::string bytes_;
  bool ended_ = false;
  bool failed_ = false;
  Error error_;
  std::vector<Resolver<Unit>> waiting_;
};

// Gives `text` in pieces of `piece` bytes, then does what it is named after.
class Villain final : public BodySource {
 public:
  enum class Then : std::uint8_t { end, stall, fail, fault };

  Villain(std::string text, Then then, std::size_t piece = 16, Error::Side side = Error::Side::upstream)
      : text_(std::move(text)), then_(then), piece_(piece), side_(side) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    auto n = std::min({max, piece_, text_.size() - read_});
    if (n == 0 && then_ == Then::stall) return stall();
    if (n == 0 && then_ == Then::fail) return Result<Chunk>(Error(Error::Kind::reset, side_, "villain"));
    if (n == 0 && then_ == Then::fault) throw std::runtime_error("villain");
    Chunk chunk{{text_.data() + read_, n}, then_ == Then::end && read_ + n == text_.size(), nullptr};
    read_ += n;
    return Result<Chunk>(chunk);
  }

 private:
  Task<Result<Chunk>> stall() {
    Waiter<Chunk> forever;
    resolver_ = forever.resolver();
    co_return co_await forever;
  }

  std::string text_;
  Then then_;
  std::size_t piece_;
  Error::Side side_;
  std::size_t read_ = 0;
  Resolver<Chunk> resolver_;
};

inline BodyPtr stalls_after(std::string text) {
  return std::make_unique<Villain>(std::move(text), Villain::Then::stall);
}
inline BodyPtr fails_after(std::string text) {
  return std::make_unique<Villain>(std::move(text), Villain::Then::fail);
}
// A request's, whose client leaves in the middle.
inline BodyPtr breaks_after(std::string text) {
  return std::make_unique<Villain>(std::move(text), Villain::Then::fail, 16, Error::Side::downstream);
}
inline BodyPtr throws_after(std::string text) {
  return std::make_unique<Villain>(std::move(text), Villain::Then::fault);
}
// Ends where it likes: announce another length than text.size() and it lies about it.
inline BodyPtr ends_after(std::string text) {
  return std::make_unique<Villain>(std::move(text), Villain::Then::end);
}

}  // namespace sluice::kit
