// Connections in memory in the place of real ones: what was dialled, in its order, each with the wire on
// which the test plays the server.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "net/memory_transport.hpp"
#include "sluice/waiter.hpp"
#include "upstream/dial.hpp"

namespace sluice::upstream::testing {

struct PuppetDialler {
  struct Call {
    std::string address;
    bool tls;
    TimePoint deadline;
    std::shared_ptr<net::MemoryWire> wire;
  };
  std::vector<Call> calls;
  std::optional<Error> refusal;
  bool stalls = false;

  Dialler dialler() {
    return [this](net::Reactor& reactor, DialTarget target, TimePoint deadline) {
      return dial(reactor, std::move(target), deadline);
    };
  }
  net::MemoryWire& last() { return *calls.back().wire; }

 private:
  Task<Dialled> dial(net::Reactor& reactor, DialTarget target, TimePoint deadline) {
    auto wire = std::make_shared<net::MemoryWire>();
    calls.push_back({target.address.to_string(), target.tls != nullptr, deadline, wire});
    if (stalls) {
      Waiter<Unit> forever;
      auto resolver = forever.resolver();
      co_await forever;
    }
    if (refusal) co_return *refusal;
    auto stream = std::make_unique<net::Stream>(reactor, wire->near(), net::FlushSide::upstream);
    wire->attach(*stream);
    co_return std::move(stream);
  }
};

inline Error refused() {
  return Error(Error::Kind::refused, Error::Side::upstream, "connect_refused", Error::Retry::always);
}

constexpr std::string_view ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

}  // namespace sluice::upstream::testing
