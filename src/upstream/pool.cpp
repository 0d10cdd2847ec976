#include "upstream/pool.hpp"

#include <optional>

#include "upstream/sleep.hpp"

namespace sluice::upstream {
namespace {

// How long another worker has to read its mail.
constexpr auto pause = std::chrono::milliseconds(4);

Error unavailable(const char* cause) noexcept {
  return Error(Error::Kind::unavailable, Error::Side::upstream, cause, Error::Retry::always);
}

}  // namespace

// ---- Connection

Connection::Connection(Pool& pool, Permit permit, std::unique_ptr<net::Stream> stream,
                       const http::HeadLimits& limits)
    : pool_(pool), permit_(std::move(permit)), client_(std::move(stream), limits) {
  place_.connection = this;
}

void Connection::on_spoiled(net::Http1Client&) noexcept {
  pool_.discard(*this);
}

// ---- Lease

Lease::Lease(std::unique_ptr<Connection> connection) noexcept : connection_(std::move(connection)) {
  connection_->pool().enter();
}

Lease::~Lease() {
  if (!connection_) return;
  auto& pool = connection_->pool();
  pool.give_back(std::move(connection_), spoiled_);
  pool.leave();
}

Endpoint& Lease::endpoint() const noexcept {
  return connection_->pool().endpoint();
}

// ---- Pool

Pool::Pool(net::Reactor& reactor, std::shared_ptr<Endpoint> endpoint) noexcept
    : reactor_(reactor), endpoint_(std::move(endpoint)) {
  sweep_.pool = this;
  auto& local = endpoint_->local(reactor_.worker().index);
  local.pool = this;
  local.mailbox.store(&reactor_.mailbox(), std::memory_order_release);
}

Pool::~Pool() {
  while (idle_count_ > 0) {
    auto& connection = oldest();
    unlink(connection);
    delete &connection;
  }
  auto& local = endpoint_->local(reactor_.worker().index);
  local.mailbox.store(nullptr, std::memory_order_release);
  local.pool = nullptr;
}

void Pool::enter() noexcept {
  ++users_;
  endpoint_->local(reactor_.worker().index).in_flight.add(1);
}

void Pool::leave() noexcept {
  --users_;
  endpoint_->local(reactor_.worker().index).in_flight.add(~std::uint64_t{0});
}

Eventual<Result<Lease>> Pool::lease(const ConnectSettings& settings, const Dialler& dialler,
                                    TimePoint deadline) {
  max_idle_ = settings.max_idle;
  idle_timeout_ = settings.idle_timeout;
  if (auto connection = take_idle()) return Result<Lease>(Lease(std::move(connection)));
  return lease_new(settings, dialler, deadline);
}

Task<Result<Lease>> Pool::lease_new(const ConnectSettings& settings, const Dialler& dialler,
                                    TimePoint deadline) {
  User user(*this);
  auto until = std::min(deadline, reactor_.now() + settings.connect_timeout);
  std::optional<Permit> permit(std::in_place, endpoint_, settings.max_connections);
  while (!*permit) {
    // With fewer requests than places, what has the place is a connection that waits on another worker.
    bool unused = endpoint_->in_flight() <= settings.max_connections;
    if (!unused || reactor_.now() + pause >= until) co_return unavailable("pool_full");
    endpoint_->ask_for_room(reactor_.worker().index);
    Sleep sleep(reactor_.timers(), reactor_.now() + pause);
    co_await sleep;
    if (auto connection = take_idle()) co_return Lease(std::move(connection));
    permit.emplace(endpoint_, settings.max_connections);
  }
  auto address = endpoint_->address();
  if (!address) co_return unavailable("unresolved");
  auto tls = endpoint_->identity().tls ? endpoint_->tls(settings.tls, settings.server_name) : nullptr;
  auto dialling = dialler(reactor_, DialTarget(std::move(*address), std::move(tls)),
                          std::min(deadline, reactor_.now() + settings.connect_timeout));
  auto stream = co_await dialling;
  if (!stream) co_return stream.error();
  auto connection =
      std::make_unique<Connection>(*this, std::move(*permit), std::move(*stream), settings.limits);
  co_return Lease(std::move(connection));
}

std::unique_ptr<Connection> Pool::take_idle() noexcept {
  while (idle_count_ > 0) {
    auto& newest = *static_cast<Connection::Place*>(idle_.next())->connection;
    if (!newest.client().reusable()) {
      discard(newest);
      continue;
    }
    unlink(newest);
    return std::unique_ptr<Connection>(&newest);
  }
  return nullptr;
}

void Pool::give_back(std::unique_ptr<Connection> connection, bool spoiled) noexcept {
  if (spoiled || max_idle_ == 0 || endpoint_->draining() || !connection->client().reusable()) return;
  if (idle_count_ == max_idle_) discard(oldest());
  keep(*connection.release());
}

void Pool::keep(Connection& connection) noexcept {
  connection.idle_until_ = reactor_.now() + idle_timeout_;
  connection.client().set_observer(&connection);
  connection.client().rest();
  idle_.push_front(connection.place_);
  ++idle_count_;
  if (!sweep_.armed()) sweep_at(connection.idle_until_);
}

void Pool::unlink(Connection& connection) noexcept {
  connection.place_.unlink();
  connection.client().set_observer(nullptr);
  --idle_count_;
}

// The reactor destroys it: this may be called while it tells of an event on that very connection.
void Pool::discard(Connection& connection) noexcept {
  unlink(connection);
  reactor_.doom(connection);
}

void Pool::close_idle() noexcept {
  while (idle_count_ > 0) discard(oldest());
}

void Pool::close_oldest() noexcept {
  if (idle_count_ > 0) discard(oldest());
}

void Pool::sweep_at(TimePoint at) noexcept {
  reactor_.timers().arm(sweep_, at, [](Timer& t) { static_cast<Sweep&>(t).pool->sweep(); });
}

void Pool::sweep() noexcept {
  while (idle_count_ > 0 && oldest().idle_until_ <= reactor_.now()) discard(oldest());
  if (idle_count_ > 0) sweep_at(oldest().idle_until_);
}

// ---- Connections

Connections::Connections(net::Reactor& reactor, Dialler dialler)
    : reactor_(reactor), dialler_(std::move(dialler)) {}

Connections::~Connections() = default;

Eventual<Result<Lease>> Connections::lease(Endpoint& endpoint, const ConnectSettings& settings,
                                           TimePoint deadline) {
  return pool_of(endpoint).lease(settings, dialler_, deadline);
}

Pool& Connections::pool_of(Endpoint& endpoint) {
  if (auto* known = endpoint.local(reactor_.worker().index).pool) return *known;
  forget_unused();
  auto made = std::make_unique<Pool>(reactor_, endpoint.shared_from_this());
  return *(pools_[&endpoint] = std::move(made));
}

void Connections::retire(Endpoint& endpoint) noexcept {
  if (auto* pool = endpoint.local(reactor_.worker().index).pool) pool->close_idle();
  forget_unused();
}

void Connections::forget_unused() noexcept {
  std::erase_if(pools_,
                [](auto& entry) { return entry.second->endpoint().draining() && !entry.second->in_use(); });
}

void Connections::close_idle() noexcept {
  for (auto& [endpoint, pool] : pools_) pool->close_idle();
}

}  // namespace sluice::upstream
