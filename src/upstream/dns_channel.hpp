// DnsChannel: one question's way through c-ares, with its sockets and its clock on a worker's loop.
//
//   DnsChannel channel(reactor, servers);
//   if (auto* ares = channel.get()) ares_search(ares, ..., callback, &answer);
//   while (!answer.done) { auto waiting = channel.work(); co_await waiting; }
//
// c-ares calls back from within work() or the channel's end. Whatever the callback writes to must outlive the
// channel.
#pragma once
#include <ares.h>

#include <memory>
#include <vector>

#include "config/address.hpp"
#include "net/reactor.hpp"
#include "sluice/waiter.hpp"

namespace sluice::upstream {

class DnsChannel {
 public:
  DnsChannel(net::Reactor& reactor, const std::vector<config::Address>& servers);
  DnsChannel(const DnsChannel&) = delete;
  ~DnsChannel();

  // Null: it could not be made.
  ares_channel get() const noexcept { return channel_; }
  // Until something has happened, and what follows from it.
  Task<Unit> work();

 private:
  struct Socket;
  static void on_interest(void* self, ares_socket_t socket, int readable, int writable);
  void watch(ares_socket_t descriptor, std::uint32_t events);
  Task<Result<Unit>> next_event();
  TimePoint due() const;
  void process();

  net::Reactor& reactor_;
  ares_channel channel_ = nullptr;
  std::vector<std::unique_ptr<Socket>> sockets_;
  Resolver<Unit> bell_;
};

}  // namespace sluice::upstream
