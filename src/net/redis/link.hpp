// RedisLink: one connection to Redis on a worker's loop, from connect() to its end. hiredis speaks the
// protocol; waiting, batching and time-outs are the reactor's.
//
//   RedisLink link(reactor, owner);
//   if (!link.connect(address)) ...                       // no descriptor, no such socket
//   ... owner.on_change(): it stands, or has ended
//   link.send(args, waiter.resolver(), deadline);         // leaves at the end of this turn, with all others
//
// Commands are pipelined: any number may be in flight, and are answered in order. Whose time-out passes is
// answered Error::timeout then; the late reply is read and dropped. When the connection ends, all that are in
// flight are answered Error::reset. Destroy it from a coroutine or a letter, never from an Owner's call.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "net/reactor.hpp"
#include "net/redis/reply.hpp"
#include "sluice/ip.hpp"
#include "sluice/waiter.hpp"

struct redisAsyncContext;

namespace sluice::net {

struct RedisAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  std::string unix_path;  // not empty: a unix socket

  RedisAddress(IpAddress a, std::uint16_t p) noexcept : ip(a), port(p) {}
  explicit RedisAddress(std::string path) noexcept : unix_path(std::move(path)) {}
};

using RedisArguments = std::span<const std::string_view>;  // binary-safe

class RedisLink final : private Watcher {
 public:
  // Hears how each command went, also those that nobody waits for any more. Called from the loop: mark and
  // push, do not resume or destroy.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_reply(const RedisValue& reply, Duration took) noexcept = 0;
    virtual void on_timeout() noexcept = 0;
    virtual void on_change() noexcept = 0;
  };

  RedisLink(Reactor& reactor, Owner& owner) noexcept;
  RedisLink(const RedisLink&) = delete;
  ~RedisLink() override;

  // Begins to connect; false: it cannot even begin.
  bool connect(const RedisAddress& address);
  enum class State : std::uint8_t { connecting, open, closed };
  State state() const noexcept { return state_; }

  // Copies the arguments. The resolver is answered at `give_up`, if not before.
  void send(RedisArguments arguments, Resolver<RedisReply> resolver, TimePoint give_up);
  // Commands that Redis has yet to answer, whether or not anybody still waits for it.
  std::size_t in_flight() const noexcept { return in_flight_; }
  // When Redis was last heard, or began to be asked after everything had been answered.
  TimePoint heard() const noexcept { return heard_; }

 private:
  struct Hooks;  // what hiredis calls
  struct Command;
  class Dirty;

  bool write(RedisArguments arguments, Command& command);
  void on_events(std::uint32_t epoll_events) noexcept override;
  void watch(std::uint32_t epoll_events);
  void unwatch() noexcept;
  void want_write();
  void write_done();
  Task<Unit> flush_each_turn();
  void flush() noexcept;

  Reactor& reactor_;
  Owner& owner_;
  redisAsyncContext* context_ = nullptr;
  State state_ = State::connecting;
  std::uint32_t watched_ = 0;  // epoll events; 0: not in the set
  int descriptor_ = -1;
  bool dirty_ = false;
  bool flushing_ = false;
  std::size_t in_flight_ = 0;
  TimePoint heard_;
  Resumable flusher_;
  Scope running_;
};

}  // namespace sluice::net
