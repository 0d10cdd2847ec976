// What a route says of trying more than once. Its settings, and every decision that follows from them alone.
//
//   Persistence plan{RetryRules(*route.retry), route.hedge};
//   if (auto reason = plan.retry.reason_of(error)) ... budget ... sleep(plan.retry.pause(failed,
//   random.share()))
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>

#include "config/attempts.hpp"
#include "proxy/method_set.hpp"
#include "sluice/result.hpp"
#include "upstream/retries.hpp"

namespace sluice::proxy {

using upstream::RetryReason;

class RetryRules {
 public:
  // Where a route says nothing: whoever cannot be reached is passed over, and nothing is sent twice.
  RetryRules();
  explicit RetryRules(const config::Retry& settings);

  unsigned attempts() const noexcept { return attempts_; }
  Duration per_try() const noexcept { return per_try_; }  // zero: as long as the route allows
  const upstream::RetryBudget::Terms& budget() const noexcept { return budget_; }
  std::uint64_t max_body() const noexcept { return max_body_; }

  // Why it would be tried again; nothing: it would not.
  std::optional<RetryReason> reason_of(const Error& error) const noexcept;
  std::optional<RetryReason> reason_of(std::uint16_t status) const noexcept;
  // A request that an endpoint can have seen may be sent to another one.
  bool repeats(Method method, std::string_view text) const noexcept;
  // Before the attempt that follows `failed` ones; `chance` is anything from 0 to 1.
  Duration pause(unsigned failed, double chance) const noexcept;

 private:
  static constexpr std::uint16_t first_status = 400;

  bool on(RetryReason reason) const noexcept { return on_.test(static_cast<std::size_t>(reason)); }
  void add(const config::RetryCondition& condition);

  unsigned attempts_;
  std::bitset<static_cast<std::size_t>(RetryReason::count)> on_;
  std::bitset<200> statuses_;  // 400 to 599
  MethodSet methods_;
  Duration per_try_{};
  Duration backoff_{};
  upstream::RetryBudget::Terms budget_;
  std::uint64_t max_body_ = 0;
};

struct Persistence {
  RetryRules retry;
  std::optional<config::Hedge> hedge;
};

}  // namespace sluice::proxy
