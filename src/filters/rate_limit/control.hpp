// What the admin endpoint may do with a rate limit: see a key's buckets, fill them, change its rate.
#pragma once
#include "filters/rate_limit/key.hpp"
#include "filters/rate_limit/limits_in_force.hpp"

namespace sluice::filters::rate_limit {

class Control final : public Adjustable {
 public:
  Control(std::string_view name, const Settings& settings, std::uint64_t generation,
          std::shared_ptr<LimitsInForce> limits, std::shared_ptr<BucketStore> store)
      : name_(name),
        settings_(settings),
        generation_(generation),
        keys_(settings.key, settings.ip_prefix),
        limits_(std::move(limits)),
        store_(std::move(store)) {}

  std::string_view name() const noexcept override { return name_; }
  std::string adjust(const Setting& setting) override { return limits().adjust(setting); }
  std::vector<Setting> adjusted() const override { return limits().adjusted(); }

  // By the policy's own limits: which plan the key has is known only with a request.
  Eventual<Result<LimitView>> look(Worker& worker, std::string key) override;
  Eventual<Result<Unit>> reset(Worker& worker, std::string key) override;

 private:
  Task<Result<LimitView>> look_up(Worker& worker, std::string key, std::string bytes);
  Task<Result<Unit>> fill(Worker& worker, std::string bytes);

  // Who asks about a policy that nobody has used yet is told about its own settings.
  LimitsInForce& limits() const {
    limits_->follow(generation_, settings_);
    return *limits_;
  }

  const std::string name_;
  const Settings settings_;
  const std::uint64_t generation_;
  const KeyMaker keys_;
  const std::shared_ptr<LimitsInForce> limits_;
  const std::shared_ptr<BucketStore> store_;
};

}  // namespace sluice::filters::rate_limit
