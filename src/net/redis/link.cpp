#include "net/redis/link.hpp"

#include <fcntl.h>
#include <hiredis/async.h>

#include <boost/container/small_vector.hpp>

namespace sluice::net {
namespace {

using Kind = Error::Kind;

constexpr std::size_t usual_arguments = 32;  // without the heap

Error failed(Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause, Error::Retry::idempotent);
}

redisAsyncContext* begin_connect(const RedisAddress& address) {
  if (!address.unix_path.empty()) return redisAsyncConnectUnix(address.unix_path.c_str());
  return redisAsyncConnect(address.ip.to_string().c_str(), address.port);
}

}  // namespace

// A command in flight. hiredis holds it until Redis has answered, or the connection has ended.
struct RedisLink::Command : Recycled {
  struct Alarm : Timer {
    Command* command = nullptr;
  };
  Command(RedisLink& l, Resolver<RedisReply> r) noexcept
      : link(l), resolver(std::move(r)), sent(l.reactor_.timers().exact()) {
    alarm.command = this;
    if (link.in_flight_++ == 0) link.heard_ = link.reactor_.now();
  }
  ~Command() { --link.in_flight_; }

  void answer(redisReply& reply) noexcept {
    link.heard_ = link.reactor_.now();
    link.owner_.on_reply(RedisValue(&reply), link.reactor_.timers().exact() - sent);
    if (resolver.wanted()) resolver(RedisReply(reply));
  }
  void late() noexcept {
    link.owner_.on_timeout();
    resolver(failed(Kind::timeout, "redis_timeout"));
  }

  RedisLink& link;
  Resolver<RedisReply> resolver;
  TimePoint sent;
  Alarm alarm;
};

struct RedisLink::Hooks {
  static RedisLink& of(void* data) noexcept { return *static_cast<RedisLink*>(data); }
  static RedisLink& of(const redisAsyncContext* c) noexcept { return of(c->data); }

  static void add_write(void* data) { of(data).want_write(); }
  static void delete_write(void* data) { of(data).write_done(); }
  static void cleanup(void* data) { of(data).unwatch(); }
  static void ignore(void*) {}

  static void connected(const redisAsyncContext* c, int status) {
    if (status == REDIS_OK) of(c).state_ = State::open;
  }
  static void answered(redisAsyncContext*, void* reply, void* data) {
    std::unique_ptr<Command> command(static_cast<Command*>(data));
    if (reply)
      command->answer(*static_cast<redisReply*>(reply));
    else
      command->resolver(failed(Kind::reset, "redis_closed"));
  }
};

// Resumed once, after all coroutines that were ready when the first command of a turn was written.
class RedisLink::Dirty {
 public:
  explicit Dirty(RedisLink& link) noexcept : link_(link) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept { link_.flusher_.handle = h; }
  void await_resume() const noexcept {}

 private:
  RedisLink& link_;
};

RedisLink::RedisLink(Reactor& reactor, Owner& owner) noexcept
    : reactor_(reactor), owner_(owner), heard_(reactor.now()) {}

RedisLink::~RedisLink() {
  running_.cancel();
  if (context_) redisAsyncFree(std::exchange(context_, nullptr));
  unwatch();
}

bool RedisLink::connect(const RedisAddress& address) {
  context_ = begin_connect(address);
  if (!context_ || context_->err) {
    if (context_) redisAsyncFree(std::exchange(context_, nullptr));
    state_ = State::closed;
    return false;
  }
  descriptor_ = context_->c.fd;
  ::fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  context_->data = this;
  context_->ev = {this, Hooks::ignore, Hooks::ignore, Hooks::add_write, Hooks::delete_write, Hooks::cleanup};
  redisAsyncSetConnectCallback(context_, Hooks::connected);
  watch(EPOLLIN | EPOLLOUT);
  running_.spawn(flush_each_turn());
  return true;
}

void RedisLink::send(RedisArguments arguments, Resolver<RedisReply> resolver, TimePoint give_up) {
  if (state_ == State::closed) return resolver(failed(Kind::reset, "redis_closed"));
  auto command = std::make_unique<Command>(*this, std::move(resolver));
  reactor_.timers().arm(command->alarm, give_up,
                        [](Timer& t) { static_cast<Command::Alarm&>(t).command->late(); });
  if (write(arguments, *command))
    command.release();
  else
    command->resolver(failed(Kind::internal, "redis_command"));
}

bool RedisLink::write(RedisArguments arguments, Command& command) {
  boost::container::small_vector<const char*, usual_arguments> texts;
  boost::container::small_vector<std::size_t, usual_arguments> sizes;
  for (auto& a : arguments) {
    texts.push_back(a.data());
    sizes.push_back(a.size());
  }
  return redisAsyncCommandArgv(context_, Hooks::answered, &command, static_cast<int>(arguments.size()),
                               texts.data(), sizes.data()) == REDIS_OK;
}

// ---- events

void RedisLink::on_events(std::uint32_t epoll_events) noexcept {
  auto before = state_;
  if (epoll_events & EPOLLOUT) flush();
  if (context_ && (epoll_events & ~std::uint32_t(EPOLLOUT))) redisAsyncHandleRead(context_);
  if (state_ != before) owner_.on_change();
}

Task<Unit> RedisLink::flush_each_turn() {
  for (;;) {
    co_await Dirty(*this);
    dirty_ = false;
    if (state_ == State::open) flush();
    if (state_ == State::closed) owner_.on_change();
  }
}

// hiredis asks for the rest of the bytes to be written when they do not all go at once.
void RedisLink::flush() noexcept {
  flushing_ = true;
  redisAsyncHandleWrite(context_);
  flushing_ = false;
}

void RedisLink::want_write() {
  if (state_ == State::connecting || flushing_) return watch(EPOLLIN | EPOLLOUT);
  if (std::exchange(dirty_, true)) return;
  RunQueue::current().push(flusher_);
}

void RedisLink::write_done() {
  if (state_ == State::open && context_) watch(EPOLLIN);
}

void RedisLink::watch(std::uint32_t epoll_events) {
  if (watched_ == epoll_events) return;
  if (watched_) reactor_.remove(descriptor_);
  reactor_.add(descriptor_, *this, epoll_events);
  watched_ = epoll_events;
}

// hiredis closes the descriptor next, and frees the context.
void RedisLink::unwatch() noexcept {
  if (std::exchange(watched_, 0)) reactor_.remove(descriptor_);
  context_ = nullptr;
  state_ = State::closed;
}

}  // namespace sluice::net
