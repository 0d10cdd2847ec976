#include "upstream/upstream.hpp"

#include <algorithm>
#include <random>

namespace sluice::upstream {
namespace {

std::uint64_t fresh_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string authority_of(const config::EndpointUrl& url) {
  if (url.address.is_unix()) return "localhost";
  auto usual = url.tls ? 443 : 80;
  auto with_port = url.address.to_string();
  return url.address.port == usual ? with_port.substr(0, with_port.rfind(':')) : with_port;
}

std::string as_text(const config::UpstreamTls& tls) {
  std::string text = tls.verify ? "verify" : "trust";
  auto add = [&](const auto& part) {
    text += '\n';
    if (part) text += std::filesystem::path(*part).string();
  };
  add(tls.ca);
  add(tls.server_name);
  add(tls.cert);
  add(tls.key);
  return text;
}

ConnectSettings connect_settings(const config::Upstream& settings,
                                 std::shared_ptr<const net::TlsClientContext> tls) {
  ConnectSettings s;
  s.max_idle = settings.pool.max_idle;
  s.max_connections = settings.pool.max_connections.value_or(0);
  s.idle_timeout = settings.pool.idle_timeout;
  s.connect_timeout = settings.connect_timeout;
  s.tls = std::move(tls);
  if (settings.tls) s.server_name = settings.tls->server_name.value_or("");
  return s;
}

EndpointSet::Order order_of(const config::Upstream& settings) {
  EndpointSet::Order order;
  if (settings.zones) order.local_zone = settings.zones->local;
  order.hashed = settings.balance.policy() == config::Balance::consistent_hash;
  return order;
}

std::optional<Variable> key_of(const config::Upstream& settings) {
  auto& hash = settings.balance.consistent_hash;
  return hash ? std::optional(hash->key) : std::nullopt;
}

// What DNS finds under a name is still called by it, in Host and for the certificate: the answer's own names
// are no proof of anything. A service's name is its host's, behind words that begin with '_'.
std::string called_by(const std::optional<config::Discover>& discover) {
  if (!discover) return "";
  auto name = discover->srv ? *discover->srv : discover->dns.value_or("");
  while (name.starts_with('_')) {
    auto dot = name.find('.');
    if (dot == name.npos) return "";
    name.erase(0, dot + 1);
  }
  return name;
}

// One that is written twice is one of both weights.
void add(std::vector<EndpointSet::Member>& members, EndpointSet::Member member) {
  auto known = std::ranges::find(members, member.endpoint, &EndpointSet::Member::endpoint);
  if (known != members.end())
    known->weight += member.weight;
  else
    members.push_back(std::move(member));
}

}  // namespace

Upstream::Upstream(std::string name, const config::Upstream& settings, Registry& registry,
                   std::shared_ptr<const net::TlsClientContext> tls, Finding first)
    : name_(std::move(name)),
      id_(registry.metrics().upstream(name_)),
      rules_(rules_of(settings)),
      order_(order_of(settings)),
      key_(key_of(settings)),
      sticky_(settings.sticky ? std::optional<Sticky>(std::in_place, *settings.sticky, name_) : std::nullopt),
      host_(settings.host),
      health_(settings.health),
      discover_(settings.discover),
      by_dns_(discover_ && !discover_->file),
      called_(called_by(discover_)),
      discovery_(discover_ ? registry.discovery(name_, source_of(*discover_)) : nullptr),
      first_look_(std::move(first)),
      tls_(settings.tls),
      connecting_(connect_settings(settings, std::move(tls))),
      seed_(fresh_seed()),
      registry_(registry),
      retries_(registry.retries(name_)),
      outlier_(settings.outlier),
      outliers_(registry.outliers(name_)),
      breaker_rules_(settings.breaker),
      breaker_(settings.breaker ? registry.breaker(name_) : nullptr),
      cells_(registry.workers()) {
  if (!discovery_)
    newest_ = set_of(settings.endpoints);
  else
    newest_ = set_of(first_look_.endpoints.empty() ? discovery_->endpoints() : first_look_.endpoints);
  for (unsigned worker = 0; worker < cells_.size(); ++worker)
    cells_[worker].balancer = make_balancer(rules_, newest_, worker, seed_ + worker);
}

EndpointIdentity Upstream::identity_of(const config::EndpointUrl& url) const {
  auto called = url;
  if (by_dns_) called.tls = tls_.has_value();
  if (!called_.empty()) called.address.host = called_;
  EndpointIdentity identity;
  identity.upstream = name_;
  identity.tls = called.tls;
  identity.address = url.address;
  identity.authority = authority_of(called);
  if (identity.tls) identity.tls_settings = as_text(tls_.value_or(config::UpstreamTls{}));
  return identity;
}

Upstream::SetPtr Upstream::set_of(const EndpointList& endpoints) const {
  std::vector<EndpointSet::Member> members;
  for (auto& e : endpoints)
    add(members, {registry_.endpoint(identity_of(e.url)), e.weight, e.tier, e.zone, {}});
  return arrange(std::move(members));
}

Upstream::SetPtr Upstream::arrange(std::vector<EndpointSet::Member> members) const {
  if (sticky_)
    for (auto& m : members) m.token = sticky_->token(m.endpoint->name());
  return EndpointSet::arrange(std::move(members), order_);
}

std::string_view Upstream::host_for(const Endpoint& endpoint, std::string_view asked) const noexcept {
  switch (host_.kind) {
    case config::HostPolicy::Kind::endpoint:
      return endpoint.authority();
    case config::HostPolicy::Kind::name:
      return host_.name;
    case config::HostPolicy::Kind::preserve:
      break;
  }
  return asked.empty() ? std::string_view(endpoint.authority()) : asked;
}

Walk Upstream::walk(const Worker& worker, const Asked& asked) noexcept {
  return cells_[worker.index].balancer->walk(asked);
}

std::shared_ptr<const EndpointSet> Upstream::endpoints() const {
  std::lock_guard lock(mutex_);
  return newest_;
}

void Upstream::renew() {
  auto set = set_of(discovery_->endpoints());
  std::lock_guard lock(mutex_);
  newest_.swap(set);
}

void Upstream::adopt(const Worker& worker, SetPtr set) {
  cells_[worker.index].balancer = make_balancer(rules_, std::move(set), worker.index, seed_ + worker.index);
}

void Upstream::bad_row(const Worker& worker, Endpoint& endpoint) {
  outliers_->bad_row(endpoint, endpoints()->members(), *outlier_, worker.timers.now());
}

void Upstream::judge(TimePoint now) {
  outliers_->judge(endpoints()->members(), outlier_rules(), now);
  if (breaker_) breaker_->judge(breaker_rules(), now);
}

std::shared_ptr<const CheckSettings> Upstream::checks() const {
  if (!health_) return nullptr;
  auto settings = std::make_shared<CheckSettings>();
  settings->health = *health_;
  if (host_.kind == config::HostPolicy::Kind::name) settings->host = host_.name;
  settings->tls = connecting_.tls;
  settings->server_name = connecting_.server_name;
  settings->limits = connecting_.limits;
  return settings;
}

}  // namespace sluice::upstream
