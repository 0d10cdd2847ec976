#include "proxy/split.hpp"

#include <algorithm>
#include <cmath>

#include "base/keyed_hash.hpp"
#include "sluice/value_of.hpp"

namespace sluice::proxy {
namespace {

constexpr base::HashSeed seed = {0x6f6e652063616c6c, 0x6572206f6e652073};

// What mixes a caller with a side (SplitMix64's): every bit of either decides about every bit of the number.
constexpr std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// From 0 to 1, both excluded.
double share(std::uint64_t drawn) noexcept {
  return (static_cast<double>(drawn >> 11) + 0.5) * 0x1p-53;
}

Counter requests(Meter& meter, const std::string& route, const std::string& upstream, const char* forced) {
  return meter.counter({"sluice_split_requests_total",
                        "Requests of a route with several upstreams, by the one that they went to.",
                        {{"route", route}, {"upstream", upstream}, {"forced", forced}}});
}

Counter answers(Meter& meter, const std::string& route, const std::string& upstream, const char* result) {
  return meter.counter({"sluice_split_answers_total",
                        "How they were answered: badly is a 5xx, or no answer.",
                        {{"route", route}, {"upstream", upstream}, {"result", result}}});
}

// A host's own IPv6 address changes by the day (RFC 8981), its network does not.
std::uint64_t hash_of_network(const IpAddress& address) noexcept {
  auto network = address.masked(64);
  return Split::hash_of({reinterpret_cast<const char*>(network.bytes().data()), network.bytes().size()});
}

std::vector<Variable> forcing(const std::optional<config::Split::Force>& force) {
  std::vector<Variable> by;
  if (force && force->header) by.push_back(*Variable::parse("header." + *force->header));
  if (force && force->cookie) by.push_back(*Variable::parse("cookie." + *force->cookie));
  return by;
}

}  // namespace

Split::Split(const config::Split& settings, const std::vector<std::string>& sides,
             std::shared_ptr<Weights> weights, const std::string& route, Meter& meter)
    : key_(settings.key), force_(forcing(settings.force)), weights_(std::move(weights)) {
  if (key_.back().kind() != Variable::Kind::client_ip) key_.emplace_back();
  auto& table = weights_->configured();
  for (auto& name : sides)
    sides_.push_back({name, static_cast<std::size_t>(std::distance(table.begin(), table.find(name))),
                      hash_of(name), requests(meter, route, name, "no"), requests(meter, route, name, "yes"),
                      answers(meter, route, name, "well"), answers(meter, route, name, "badly")});
}

std::uint64_t Split::hash_of(std::string_view key) noexcept {
  return base::KeyedHash<>(seed).add(key).finish();
}

std::optional<Split::Choice> Split::choose(Exchange& x) const {
  if (!force_.empty())
    if (auto choice = forced(x)) return choice;
  return drawn(x);
}

std::optional<Split::Choice> Split::forced(Exchange& x) const {
  for (auto& by : force_) {
    auto named = std::ranges::find(sides_, value_of(by, x), &Side::name);
    if (named != sides_.end()) return Choice{static_cast<std::size_t>(named - sides_.begin()), &by, true};
  }
  return std::nullopt;
}

// After a flip nobody has to be told apart.
std::optional<std::size_t> Split::only_one(const std::vector<std::uint32_t>& weights) const noexcept {
  std::optional<std::size_t> only;
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    if (weights[sides_[i].place] == 0) continue;
    if (only) return std::nullopt;
    only = i;
  }
  return only;
}

std::optional<Split::Choice> Split::drawn(Exchange& x) const {
  auto& weights = weights_->at(x.worker);
  if (auto only = only_one(weights)) return Choice{*only, nullptr, false};
  auto by = key_.begin();
  auto key = value_of(*by, x);
  while (key.empty() && std::next(by) != key_.end()) key = value_of(*++by, x);
  bool by_network = by->kind() == Variable::Kind::client_ip && !x.client.is_v4();
  auto caller = by_network ? hash_of_network(x.client) : hash_of(key);
  std::optional<Choice> choice;
  double lowest = 0;
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    auto weight = weights[sides_[i].place];
    if (weight == 0) continue;
    auto score = -std::log(share(mix(caller ^ sides_[i].hash))) / weight;
    if (choice && score >= lowest) continue;
    choice = Choice{i, &*by, false};
    lowest = score;
  }
  return choice;
}

// The hook is the innermost: it sees what came of the side, not what a cache made of it. A client that left
// says nothing of the side, and then no hook runs.
void Split::count(Exchange& x, const Choice& choice) const {
  auto& side = sides_[choice.side];
  (choice.forced ? side.forced : side.drawn).add(x.worker.index);
  x.on_response([&side](Exchange& y) -> Eventual<Unit> {
    (y.response.status < 500 ? side.well : side.badly).add(y.worker.index);
    return Unit{};
  });
}

}  // namespace sluice::proxy
