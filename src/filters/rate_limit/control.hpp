// What the admin endpoint may do with a rate limit: see a key's buckets, fill them, change its rate.
#pragma once
#include "filters/rate_limit/key.hpp"
#include "filters/rate_limit/limits_in_force.hpp"

namespace sluice::filters::rate_limit {

class Control final : public Adjustable {
 public:
  Control(std::string_view name, KeyMaker keys, std::shared_ptr<LimitsInForce> limits,
          std::shared_ptr<BucketStore> store, std::uint64_t cost)
      : name_(name),
        keys_(std::move(keys)),
        limits_(std::move(limits)),
        store_(std::move(store)),
        cost_(cost) {}

  std::string_view name() const noexcept override { return name_; }
  std::string adjust(const Setting& setting) override { return limits_->adjust(setting); }
  std::vector<Setting> adjusted() const override { return limits_->adjusted(); }

  // By the policy's own limits: which plan the key has is known only with a request.
  Eventual<Result<LimitView>> look(Worker& worker, std::string key) override;
  Eventual<Result<Unit>> reset(Worker& worker, std::string key) override;

 private:
  Task<Result<LimitView>> look_up(Worker& worker, std::string key, std::string bytes);
  Task<Result<Unit>> fill(Worker& worker, std::string bytes);

  const std::string name_;
  const KeyMaker keys_;
  const std::shared_ptr<LimitsInForce> limits_;
  const std::shared_ptr<BucketStore> store_;
  const std::uint64_t cost_;
};

}  // namespace sluice::filters::rate_limit
