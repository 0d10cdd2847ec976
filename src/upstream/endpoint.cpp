#include "upstream/endpoint.hpp"

#include <algorithm>

#include "base/mailbox.hpp"
#include "net/tls/client_context.hpp"
#include "upstream/pool.hpp"

namespace sluice::upstream {
namespace {

std::string_view without_port(std::string_view authority) noexcept {
  auto colon = authority.rfind(':');
  bool is_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return is_port ? authority.substr(0, colon) : authority;
}

}  // namespace

Endpoint::Endpoint(EndpointIdentity identity, telemetry::UpstreamId upstream_id, telemetry::EndpointId id,
                   unsigned workers)
    : identity_(std::move(identity)),
      name_(identity_.address.to_string()),
      upstream_id_(upstream_id),
      id_(id),
      locals_(workers) {
  health_.since = wall_now();
  available_from(Clock::now());
  auto& at = identity_.address;
  if (at.is_unix()) {
    address_.emplace(at.unix_path);
  } else if (auto ip = IpAddress::parse(at.host)) {
    address_.emplace(*ip, at.port);
  } else {
    named_ = true;
    set(unresolved);
  }
}

Endpoint::Health Endpoint::health() const {
  std::lock_guard lock(mutex_);
  return health_;
}

void Endpoint::set_health(bool healthy, std::string reason) {
  std::lock_guard lock(mutex_);
  if (health_.healthy != healthy) health_.since = wall_now();
  health_.healthy = healthy;
  health_.reason = std::move(reason);
  healthy ? clear(unhealthy) : set(unhealthy);
}

std::optional<EndpointAddress> Endpoint::address() const {
  std::lock_guard lock(mutex_);
  return address_;
}

void Endpoint::resolve(std::span<const IpAddress> addresses) {
  if (addresses.empty()) return;
  std::lock_guard lock(mutex_);
  if (address_ && std::ranges::find(addresses, address_->ip) != addresses.end()) return;
  address_.emplace(addresses.front(), identity_.address.port);
  clear(unresolved);
}

std::shared_ptr<net::TlsEndpoint> Endpoint::tls(const std::shared_ptr<const net::TlsClientContext>& context,
                                                std::string_view server_name) {
  std::lock_guard lock(mutex_);
  if (tls_context_ != context) {
    auto name = server_name.empty() ? without_port(identity_.authority) : server_name;
    tls_ = std::make_shared<net::TlsEndpoint>(context, name);
    tls_context_ = context;
  }
  return tls_;
}

// Raised first and looked at then: two workers that race for the last place may both be refused, but never
// both let in.
bool Endpoint::add_connection(std::uint32_t max) noexcept {
  auto before = connections_.fetch_add(1, std::memory_order_relaxed);
  if (max == 0 || before < max) return true;
  remove_connection();
  return false;
}

void Endpoint::ask_for_room(unsigned worker) {
  for (unsigned i = 0; i < locals_.size(); ++i) {
    auto* mailbox = locals_[i].mailbox.load(std::memory_order_acquire);
    if (i == worker || !mailbox) continue;
    mailbox->post([weak = weak_from_this(), i] {
      auto self = weak.lock();
      if (auto* pool = self ? self->local(i).pool : nullptr) pool->close_oldest();
    });
  }
}

std::uint64_t Endpoint::in_flight() const noexcept {
  std::uint64_t sum = 0;
  for (auto& local : locals_) sum += local.in_flight.value();
  return sum;
}

}  // namespace sluice::upstream
