#include "proxy/persistence.hpp"

#include <algorithm>

#include "upstream/balancer.hpp"

namespace sluice::proxy {
namespace {

using Kind = Error::Kind;

// However often it was doubled.
constexpr unsigned most_doublings = 6;

RetryReason kind_of(const Error& e) noexcept {
  if (e.retry == Error::Retry::always) return RetryReason::connect;
  switch (e.kind) {
    case Kind::closed:
    case Kind::reset:
    case Kind::malformed:
    case Kind::too_large:
      return RetryReason::reset;
    case Kind::timeout:
      return RetryReason::timeout;
    default:
      return RetryReason::count;
  }
}

}  // namespace

RetryRules::RetryRules() : attempts_(upstream::Walk::max_steps) {
  on_.set(static_cast<std::size_t>(RetryReason::connect));
}

RetryRules::RetryRules(const config::Retry& settings)
    : attempts_(settings.attempts),
      per_try_(settings.per_try.value_or(Duration{})),
      backoff_(settings.backoff),
      budget_{settings.budget.share, settings.min},
      max_body_(settings.max_body.bytes) {
  for (auto& condition : settings.on) add(condition);
  for (auto& method : settings.methods) methods_.add(method);
}

void RetryRules::add(const config::RetryCondition& condition) {
  using On = config::RetryCondition::Kind;
  switch (condition.kind) {
    case On::connect:
      on_.set(static_cast<std::size_t>(RetryReason::connect));
      break;
    case On::reset:
      on_.set(static_cast<std::size_t>(RetryReason::reset));
      break;
    case On::timeout:
      on_.set(static_cast<std::size_t>(RetryReason::timeout));
      break;
    case On::server_error:
      for (std::size_t status = 500; status < 600; ++status) statuses_.set(status - first_status);
      break;
    case On::status:
      statuses_.set(condition.status - first_status);
  }
}

std::optional<RetryReason> RetryRules::reason_of(const Error& error) const noexcept {
  if (error.side != Error::Side::upstream) return std::nullopt;
  auto reason = kind_of(error);
  if (reason == RetryReason::count || !on(reason)) return std::nullopt;
  return reason;
}

std::optional<RetryReason> RetryRules::reason_of(std::uint16_t status) const noexcept {
  if (status < first_status || status >= first_status + statuses_.size()) return std::nullopt;
  return statuses_.test(status - first_status) ? std::optional(RetryReason::status) : std::nullopt;
}

bool RetryRules::repeats(Method method, std::string_view text) const noexcept {
  return !methods_.empty() && methods_.allows(method, text);
}

// "Full jitter": those that failed together do not come back together.
Duration RetryRules::pause(unsigned failed, double chance) const noexcept {
  auto longest = backoff_ * (1u << std::min(failed - 1, most_doublings));
  return Duration(static_cast<Duration::rep>(static_cast<double>(longest.count()) * chance));
}

}  // namespace sluice::proxy
