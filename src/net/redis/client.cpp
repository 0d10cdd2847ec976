#include "net/redis/client.hpp"

#include <array>

#include "telemetry/log.hpp"

namespace sluice::net {
namespace {

using Kind = Error::Kind;
using State = RedisState;
namespace log = telemetry::log;

constexpr Error upstream_error(Kind kind, const char* cause) noexcept {
  return Error(kind, Error::Side::upstream, cause, Error::Retry::always);
}

class Counted {
 public:
  explicit Counted(std::size_t& count) noexcept : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

// What Redis says to everybody at the moment, whatever is asked. Empty: the error is about the command.
const char* general_refusal(const RedisValue& reply) noexcept {
  if (!reply.is_error()) return "";
  auto text = reply.text();
  if (text.starts_with("LOADING") || text.starts_with("BUSY ")) return "redis_loading";
  // A script's error has the code within.
  if (text.starts_with("READONLY") || text.find("-READONLY") != text.npos) return "redis_readonly";
  for (auto code : {"NOAUTH", "WRONGPASS", "NOPERM"})
    if (text.starts_with(code)) return "redis_denied";
  for (auto code : {"MASTERDOWN", "CLUSTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "MOVED", "ASK"})
    if (text.starts_with(code)) return "redis_error";
  return "";
}

}  // namespace

RedisClient::RedisClient(Reactor& reactor, std::shared_ptr<const RedisSettings> settings, RedisLookup lookup,
                         const RedisMeters& meters, RedisStanding& standing)
    : reactor_(reactor),
      settings_(std::move(settings)),
      lookup_(std::move(lookup)),
      meters_(meters),
      breaker_(settings_->longest_pause),
      standing_(standing) {
  standing_.set(State::connecting, "");
  running_.spawn(run());
}

RedisClient::~RedisClient() {
  running_.cancel();
  enter(State::down);
}

// ---- commands

Task<Result<RedisReply>> RedisClient::command(RedisArguments arguments) {
  return command(arguments, settings_->timeout);
}

Task<Result<RedisReply>> RedisClient::command(RedisArguments arguments, Duration timeout) {
  Counted counted(commands_);
  auto give_up = reactor_.now() + timeout;
  if (state() == State::connecting) {
    Bell::Wait wait(decided_, reactor_.timers(), give_up);
    co_await wait;
  }
  if (state() != State::ready) co_return refused("redis_down");
  if (link_->in_flight() >= settings_->max_in_flight) co_return refused("redis_busy");
  auto asking = ask(arguments, give_up);
  co_return co_await asking;
}

void RedisClient::tell(RedisArguments arguments) {
  if (state() != State::ready || link_->in_flight() >= settings_->max_in_flight) return;
  link_->send(arguments, Resolver<RedisReply>(), reactor_.now() + settings_->timeout);
}

Error RedisClient::refused(const char* cause) const noexcept {
  meters_.failed(reactor_.worker().index, cause);
  return upstream_error(Kind::unavailable, cause);
}

Task<Result<RedisReply>> RedisClient::ask(RedisArguments arguments, TimePoint give_up) {
  Waiter<RedisReply> waiter;
  link_->send(arguments, waiter.resolver(), give_up);
  auto reply = co_await waiter;
  if (!reply) {
    if (reply.error().kind == Kind::reset) meters_.failed(reactor_.worker().index, reply.error().cause);
    co_return reply.error();
  }
  if (auto* cause = general_refusal(reply->value()); *cause)
    co_return upstream_error(Kind::unavailable, cause);
  co_return std::move(reply);
}

// ---- how it goes

void RedisClient::on_reply(const RedisValue& reply, Duration took) noexcept {
  meters_.replied(reactor_.worker().index, took);
  auto* cause = general_refusal(reply);
  if (*cause) {
    meters_.failed(reactor_.worker().index, cause);
    unfit_ = cause;
    news_.ring();
  } else if (state() == State::ready && took <= settings_->timeout) {
    breaker_.succeeded();
  }
}

void RedisClient::on_timeout() noexcept {
  meters_.failed(reactor_.worker().index, "redis_timeout");
  if (breaker_.failed()) news_.ring();
}

void RedisClient::enter(State state, const char* trouble) {
  auto before = standing_.state();
  if (state == before) return;
  standing_.set(state, trouble);
  auto worker = reactor_.worker().index;
  if (state == State::ready || before == State::ready) meters_.connected(worker, state == State::ready);
  bool was_well = before == State::ready || before == State::connecting;
  if (*trouble && was_well) log::warn("redis.lost", {{"worker", worker}, {"reason", trouble}});
  if (state == State::ready) {
    log::info("redis.ready", {{"worker", worker}});
    breaker_.close();
  }
  if (state != State::connecting) decided_.ring();
}

// ---- its life

Task<Unit> RedisClient::run() {
  for (;;) {
    auto opening = open();
    auto went = co_await opening;
    if (went) {
      auto serving = serve();
      went = co_await serving;
    }
    link_.reset();
    if (went) {
      enter(State::connecting);
      continue;
    }
    breaker_.open();
    enter(State::down, went.error().cause);
    auto pausing = pause();
    co_await pausing;
  }
}

Task<Unit> RedisClient::pause() {
  Bell never;
  Bell::Wait wait(never, reactor_.timers(), reactor_.now() + breaker_.next_pause(random_));
  co_await wait;
  co_return Unit{};
}

// Until the connection has ended, or why it is no use. After one that was good the next is tried at once.
Task<Result<Unit>> RedisClient::serve() {
  unfit_ = "";
  enter(State::ready);
  while (link_->state() == RedisLink::State::open && !*unfit_) {
    if (breaker_.closed()) {
      Bell::Wait wait(news_, reactor_.timers(), TimePoint::max());
      co_await wait;
      continue;
    }
    enter(State::suspended, "redis_timeout");
    auto pausing = pause();
    co_await pausing;
    auto probing = probe();
    auto answered = co_await probing;
    if (answered)
      enter(State::ready);
    else if (silent())
      co_return upstream_error(Kind::timeout, "redis_timeout");
  }
  if (*unfit_) co_return upstream_error(Kind::unavailable, unfit_);
  if (!breaker_.trusting()) co_return upstream_error(Kind::reset, "redis_closed");
  co_return Unit{};
}

Task<Result<Unit>> RedisClient::probe() {
  std::array<std::string_view, 1> ping{"PING"};
  auto asking = demand(ping, reactor_.now() + settings_->timeout);
  co_return co_await asking;
}

bool RedisClient::silent() const noexcept {
  return link_->in_flight() != 0 && reactor_.now() - link_->heard() >= settings_->patience;
}

// ---- connecting

Task<Result<Unit>> RedisClient::open() {
  auto deadline = reactor_.now() + settings_->patience;
  auto finding = addresses(deadline);
  auto found = co_await finding;
  if (!found) co_return found.error();
  auto why = upstream_error(Kind::unavailable, "redis_no_address");
  for (auto& address : *found) {
    auto connecting = connect(address, deadline);
    auto connected = co_await connecting;
    if (connected) {
      auto greeting = greet(deadline);
      co_return co_await greeting;
    }
    why = connected.error();
  }
  co_return why;
}

Task<Result<std::vector<RedisAddress>>> RedisClient::addresses(TimePoint deadline) {
  std::vector<RedisAddress> all;
  if (!settings_->unix_path.empty()) {
    all.emplace_back(settings_->unix_path);
    co_return all;
  }
  if (auto ip = IpAddress::parse(settings_->host)) {
    all.emplace_back(*ip, settings_->port);
    co_return all;
  }
  Within<std::vector<IpAddress>> looking(reactor_.timers(), deadline, lookup_(settings_->host));
  auto found = co_await looking;
  if (!found) co_return found.error();
  for (auto& ip : *found) all.emplace_back(ip, settings_->port);
  co_return all;
}

Task<Result<Unit>> RedisClient::connect(RedisAddress address, TimePoint deadline) {
  link_ = std::make_unique<RedisLink>(reactor_, static_cast<RedisLink::Owner&>(*this));
  if (!link_->connect(address)) co_return upstream_error(Kind::refused, "redis_refused");
  while (link_->state() == RedisLink::State::connecting) {
    Bell::Wait wait(news_, reactor_.timers(), deadline);
    bool rung = co_await wait;
    if (!rung) co_return upstream_error(Kind::timeout, "redis_connect_timeout");
  }
  if (link_->state() == RedisLink::State::open) co_return Unit{};
  co_return upstream_error(Kind::refused, "redis_refused");
}

// A name is for those who look at CLIENT LIST; not every user may set one.
Task<Result<Unit>> RedisClient::greet(TimePoint deadline) {
  auto& s = *settings_;
  std::vector<std::vector<std::string_view>> greetings;
  if (!s.password.empty()) {
    auto& auth = greetings.emplace_back(1, "AUTH");
    if (!s.user.empty()) auth.push_back(s.user);
    auth.push_back(s.password);
  }
  auto database = std::to_string(s.database);
  if (s.database != 0) greetings.push_back({"SELECT", database});
  greetings.push_back({"PING"});
  for (auto& greeting : greetings) {
    auto demanding = demand(greeting, deadline);
    auto done = co_await demanding;
    if (!done) co_return done.error();
  }
  std::array<std::string_view, 3> name{"CLIENT", "SETNAME", "sluice"};
  auto naming = demand(name, deadline);
  co_await naming;
  co_return Unit{};
}

// A command that has to succeed.
Task<Result<Unit>> RedisClient::demand(RedisArguments arguments, TimePoint give_up) {
  auto asking = ask(arguments, give_up);
  auto reply = co_await asking;
  if (!reply) co_return reply.error();
  if (!reply->value().is_error()) co_return Unit{};
  auto* cause = arguments.front() == "AUTH" ? "redis_denied" : "redis_error";
  co_return upstream_error(Kind::unavailable, cause);
}

}  // namespace sluice::net
