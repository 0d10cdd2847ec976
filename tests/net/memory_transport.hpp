// A connection in memory: two transports, or one and a puppet that the test plays by hand.
//
//   MemoryWire wire;
//   Stream stream(reactor, wire.near(), FlushSide::client);
//   wire.attach(stream);
//   wire.say("GET / HTTP/1.1\r\n...");          // the far side
//   reactor.poll();
//   EXPECT_EQ(wire.take(), "HTTP/1.1 200 OK...");
//
// Two streams face each other with near() and far(), each attached.
#pragma once
#include <sys/epoll.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "net/stream.hpp"
#include "net/transport.hpp"

namespace sluice::net {

class MemoryWire {
  struct Direction {
    std::string bytes;
    std::size_t capacity = SIZE_MAX;  // bytes under way before the sender would block
    bool ended = false;
    Stream* sender = nullptr;
    Stream* receiver = nullptr;
  };
  struct State {
    Direction to_near, to_far;
    bool broken = false;
  };

  class End final : public Transport {
   public:
    End(std::shared_ptr<State> state, Direction& in, Direction& out)
        : state_(std::move(state)), in_(in), out_(out) {}
    ~End() override {
      out_.ended = true;
      out_.sender = nullptr;
      in_.receiver = nullptr;
      if (out_.receiver) out_.receiver->on_events(EPOLLIN | EPOLLRDHUP);
    }

    Moved receive(std::span<char> into) noexcept override {
      if (state_->broken) return Moved::fault();
      if (in_.bytes.empty()) return in_.ended ? Moved::end_of_stream() : Moved::later();
      auto n = std::min(into.size(), in_.bytes.size());
      std::memcpy(into.data(), in_.bytes.data(), n);
      bool was_full = in_.bytes.size() >= in_.capacity;
      in_.bytes.erase(0, n);
      if (was_full && in_.sender) in_.sender->on_events(EPOLLOUT);
      return Moved::some(n, in_.bytes.empty());
    }
    Moved send(std::span<const iovec> parts) noexcept override {
      if (state_->broken) return Moved::fault();
      std::size_t sent = 0;
      for (auto& p : parts) {
        auto n = std::min(p.iov_len, out_.capacity - std::min(out_.capacity, out_.bytes.size()));
        out_.bytes.append(static_cast<const char*>(p.iov_base), n);
        sent += n;
      }
      if (sent == 0) return Moved::later();
      if (out_.receiver) out_.receiver->on_events(EPOLLIN);
      return Moved::some(sent, false);
    }
    bool finish() noexcept override {
      out_.ended = true;
      if (out_.receiver) out_.receiver->on_events(EPOLLIN | EPOLLRDHUP);
      return true;
    }
    int descriptor() const noexcept override { return -1; }

   private:
    std::shared_ptr<State> state_;
    Direction& in_;
    Direction& out_;
  };

 public:
  std::unique_ptr<Transport> near() { return std::make_unique<End>(state_, state_->to_near, state_->to_far); }
  std::unique_ptr<Transport> far() { return std::make_unique<End>(state_, state_->to_far, state_->to_near); }
  void attach(Stream& near) { state_->to_near.receiver = state_->to_far.sender = &near; }
  void attach_far(Stream& far) { state_->to_far.receiver = state_->to_near.sender = &far; }

  // ---- the far side, played by hand
  void say(std::string_view bytes) {
    state_->to_near.bytes += bytes;
    if (state_->to_near.receiver) state_->to_near.receiver->on_events(EPOLLIN);
  }
  void end() {
    state_->to_near.ended = true;
    if (state_->to_near.receiver) state_->to_near.receiver->on_events(EPOLLIN | EPOLLRDHUP);
  }
  void reset() {
    state_->broken = true;
    if (state_->to_near.receiver) state_->to_near.receiver->on_events(EPOLLIN | EPOLLHUP | EPOLLERR);
  }
  // What arrived at the far side since the last call.
  std::string take() {
    auto& d = state_->to_far;
    bool was_full = d.bytes.size() >= d.capacity;
    auto bytes = std::move(d.bytes);
    d.bytes.clear();
    if (was_full && d.sender) d.sender->on_events(EPOLLOUT);
    return bytes;
  }
  const std::string& arrived() const { return state_->to_far.bytes; }
  bool far_saw_end() const { return state_->to_far.ended; }
  void limit(std::size_t to_far) { state_->to_far.capacity = to_far; }
  void limit_near(std::size_t to_near) { state_->to_near.capacity = to_near; }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace sluice::net
