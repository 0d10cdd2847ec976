#include "filters/rate_limit/limits_in_force.hpp"

#include "base/token_bucket.hpp"

namespace sluice::filters::rate_limit {
namespace {

// Null: it is no such number.
template <class T>
std::optional<T> positive(const std::string& text) {
  auto value = Scalar<T>::parse(text);
  std::uint64_t count = 0;
  if constexpr (std::is_same_v<T, Rate>)
    count = value ? value->count : 0;
  else
    count = value.value_or(0);
  if (count < 1 || count > base::BucketRule::max_burst) return std::nullopt;
  return value;
}

std::string expected(std::string_view name, std::string_view what) {
  return std::string(name) + ": expected " + std::string(what);
}

}  // namespace

LimitsInForce::One LimitsInForce::only_of(const Settings& s) {
  if (s.rate) return {s.rate, s.burst};
  if (s.limits.size() == 1) return {s.limits.front().rate, s.limits.front().burst};
  return {};
}

std::vector<RateLimit> LimitsInForce::now(const One& changed) const {
  if (!file_.rate) return configured_.base();
  auto rate = changed.rate.value_or(*file_.rate);
  auto burst = changed.burst ? changed.burst : file_.burst;
  return {{rate, burst.value_or(rate.count)}};
}

void LimitsInForce::configure(std::uint64_t generation, const Settings& settings) {
  std::lock_guard lock(mutex_);
  if (generation <= followed_) return;
  auto file = only_of(settings);
  if (file.rate != file_.rate) changed_.rate.reset();
  if (file.burst != file_.burst) changed_.burst.reset();
  configured_ = settings;
  file_ = file;
  auto limits = now(changed_);
  if (limits.front().burst < settings.cost) {
    changed_ = {};
    limits = now(changed_);
  }
  published_.set(std::make_shared<const std::vector<RateLimit>>(std::move(limits)));
  followed_.store(generation, std::memory_order_release);
}

std::string LimitsInForce::adjust(const Adjustable::Setting& setting) {
  std::lock_guard lock(mutex_);
  if (!file_.rate) return "the policy has several limits: change them in the file";
  auto changed = changed_;
  if (setting.name == "rate")
    changed.rate = positive<Rate>(setting.value);
  else if (setting.name == "burst")
    changed.burst = positive<std::uint64_t>(setting.value);
  else
    return "only rate and burst can be changed while it runs";
  if (setting.name == "rate" && !changed.rate) return expected("rate", Scalar<Rate>::expected);
  if (setting.name == "burst" && !changed.burst) return expected("burst", "a whole number from 1 on");
  return change(changed);
}

std::string LimitsInForce::change(One changed) {
  auto limits = now(changed);
  if (limits.front().burst < configured_.cost)
    return "a request of cost " + std::to_string(configured_.cost) + " would never pass a burst of " +
           std::to_string(limits.front().burst);
  changed_ = changed;
  published_.set(std::make_shared<const std::vector<RateLimit>>(std::move(limits)));
  return {};
}

std::vector<Adjustable::Setting> LimitsInForce::adjusted() const {
  std::lock_guard lock(mutex_);
  std::vector<Adjustable::Setting> all;
  if (changed_.rate) all.push_back({"rate", Scalar<Rate>::print(*changed_.rate)});
  if (changed_.burst) all.push_back({"burst", std::to_string(*changed_.burst)});
  return all;
}

}  // namespace sluice::filters::rate_limit
