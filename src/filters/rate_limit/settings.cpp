#include "filters/rate_limit/settings.hpp"

#include <algorithm>

#include "base/token_bucket.hpp"
#include "sluice/store.hpp"

namespace sluice::filters::rate_limit {
namespace {

constexpr std::uint64_t least = 1;
constexpr auto most = base::BucketRule::max_burst;

void check_rate(const Rate& rate, Faults& faults) {
  if (rate.count < least || rate.count > most)
    faults.add("rate", "expected a rate of 1 to " + std::to_string(most) + " tokens");
}

// Of one list: a request needs a token of each of its buckets.
void check_list(const std::vector<RateLimit>& limits, std::string_view key, std::uint64_t cost,
                Faults& faults) {
  if (limits.size() > BucketAsk::max_limits)
    faults.add(key, "at most " + std::to_string(BucketAsk::max_limits) + " limits");
  for (auto& limit : limits) {
    if (cost > limit.burst)
      faults.add("cost", "a request of cost " + std::to_string(cost) + " never passes a burst of " +
                             std::to_string(limit.burst) + " (" + Scalar<Rate>::print(limit.rate) + ")");
    auto same = [&](auto& other) { return other.rate == limit.rate; };
    if (std::ranges::count_if(limits, same) > 1)
      return faults.add(key, "two limits have the rate " + Scalar<Rate>::print(limit.rate));
  }
}

void check_key(const Key& key, Faults& faults) {
  for (auto& part : key.parts()) {
    if (part.needs_response()) faults.add({}, part.spelling() + " is not known before there is an answer");
    if (part.kind() == Variable::Kind::request_id)
      faults.add({}, "every request has its own request.id: nothing would be limited by it");
  }
  if (key.parts().empty()) faults.add({}, "names nothing");
}

void check(const Settings& s, Faults& faults) {
  auto base = s.base();
  if (base.empty()) faults.add("limits", "no limit is in the list");
  check_list(base, s.rate ? "rate" : "limits", s.cost, faults);
  if (s.rate) check_rate(*s.rate, faults);
  if (s.burst && !s.rate) faults.add("burst", "belongs to `rate`; in `limits` each limit has its own");
  if (s.by)
    for (auto& [plan, limits] : s.by->plans) check_list(values_of(limits), "by", s.cost, faults);
  if (s.leases && s.store != Store::redis) faults.add("leases", "only `store: redis` has leases");
}

}  // namespace

std::vector<RateLimit> values_of(const std::vector<Limit>& limits) {
  std::vector<RateLimit> values;
  for (auto& limit : limits) values.push_back(limit.value());
  return values;
}

std::vector<RateLimit> Settings::base() const {
  if (rate) return {Limit{*rate, burst}.value()};
  return values_of(limits);
}

bool Key::needs_identity() const noexcept {
  return std::ranges::any_of(parts(), [](auto& part) { return part.needs_identity(); });
}

bool Settings::needs_identity() const noexcept {
  return key.needs_identity() || (by && by->value.needs_identity());
}

const Schema& Limit::schema() {
  static const Schema s =
      describe<Limit>("One bucket of tokens.")
          .member("rate", &Limit::rate, "How many tokens it gains in which time.", required)
          .member("burst", &Limit::burst, "How many it holds. Without it: as many as the rate's count.",
                  range(least, most))
          .check([](auto& limit, Faults& faults) { check_rate(limit.rate, faults); })
          .short_form("rate");
  return s;
}

const Schema& Key::schema() {
  static const Schema s =
      describe<Key>("Whose bucket it is.")
          .member("first", &Key::first,
                  "The first of these that the request has; the client's address where it has none.")
          .member("all", &Key::all,
                  "All of these together; what the request lacks counts as a value of its own, and where it "
                  "lacks all of them it is the client's address.")
          .at_most_one({"first", "all"})
          .check(check_key)
          .short_form("first");
  return s;
}

const Schema& Prefix::schema() {
  static const Schema s =
      describe<Prefix>("How many bits of an address are one client.")
          .member("v4", &Prefix::v4, "Of an IPv4 address.", range(1u, 32u))
          .member("v6", &Prefix::v6, "Of an IPv6 address: whoever has one, has 2^64.", range(1u, 128u));
  return s;
}

const Schema& Plans::schema() {
  static const Schema s =
      describe<Plans>("Other limits by what the request, or who sent it, has.")
          .member("value", &Plans::value, "What names the plan.", required)
          .member("plans", &Plans::plans, "The limits of each plan; any other value has those of the policy.",
                  required)
          .check([](auto& plans, Faults& faults) {
            if (plans.value.needs_response())
              faults.add("value", plans.value.spelling() + " is not known before there is an answer");
            for (auto& [name, limits] : plans.plans)
              if (limits.empty()) faults.add("plans", "plan '" + name + "' has no limit");
          });
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("How many requests one client may send in which time, by buckets of tokens.")
          .member("key", &Settings::key, "Whose bucket a request takes from.")
          .member("ip_prefix", &Settings::ip_prefix, "What `client.ip` in `key` counts as one client.")
          .member("rate", &Settings::rate, "The rate, where there is one limit.")
          .member("burst", &Settings::burst, "How many tokens the bucket of `rate` holds; else its count.",
                  range(least, most))
          .member("limits", &Settings::limits,
                  "Several limits at once: a request takes from all of their buckets or from none.")
          .member("by", &Settings::by, "Other limits for some.")
          .member("cost", &Settings::cost, "Tokens that a request takes.", range(least, most))
          .member("store", &Settings::store,
                  "Where the buckets are: in this process, or in Redis for all replicas.")
          .member("leases", &Settings::leases,
                  "Whether workers take tokens from Redis in small batches: fewer round trips for hot keys, "
                  "bounded inexactness.")
          .member("on_store_failure", &Settings::on_store_failure,
                  "While Redis does not answer: count in this process with its share of the limits, let "
                  "everything pass, or refuse with 503.")
          .member("headers", &Settings::headers,
                  "Fields on every answer: `RateLimit` and `RateLimit-Policy`, `X-RateLimit-*`.")
          .member("max_keys", &Settings::max_keys,
                  "How many buckets are kept in memory, about 45 bytes each; full ones need none.",
                  range<std::uint64_t>(1000, 100'000'000))
          .exactly_one({"rate", "limits"})
          .check(check)
          .short_form("rate");
  return s;
}

}  // namespace sluice::filters::rate_limit
