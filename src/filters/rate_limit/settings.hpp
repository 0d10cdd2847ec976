// The settings of a rate limit.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sluice/config.hpp"
#include "sluice/principal.hpp"
#include "sluice/variable.hpp"

namespace sluice::filters::rate_limit {

struct Limit {
  Rate rate;
  std::optional<std::uint64_t> burst;

  RateLimit value() const noexcept { return {rate, burst.value_or(rate.count)}; }
  static const Schema& schema();
};

struct Key {
  OneOrMany<Variable> first{Variable()};
  std::vector<Variable> all;

  // Either list: only one of them can be given.
  std::span<const Variable> parts() const noexcept {
    return all.empty() ? std::span<const Variable>(first) : all;
  }
  bool needs_identity() const noexcept;
  static const Schema& schema();
};

struct Prefix {
  unsigned v4 = 32;
  unsigned v6 = 64;
  static const Schema& schema();
};

struct Plans {
  Variable value;
  std::map<std::string, std::vector<Limit>> plans;
  static const Schema& schema();
};

enum class Store : std::uint8_t { memory, redis };
enum class OnStoreFailure : std::uint8_t { local, allow, deny };
enum class FieldStyle : std::uint8_t { ietf, x };

constexpr auto names_of(Store) {
  using namespace std::string_view_literals;
  return std::array{"memory"sv, "redis"sv};
}
constexpr auto names_of(OnStoreFailure) {
  using namespace std::string_view_literals;
  return std::array{"local"sv, "allow"sv, "deny"sv};
}
constexpr auto names_of(FieldStyle) {
  using namespace std::string_view_literals;
  return std::array{"ietf"sv, "x"sv};
}

struct Settings {
  Key key;
  Prefix ip_prefix;
  std::optional<Rate> rate;
  std::optional<std::uint64_t> burst;
  std::vector<Limit> limits;
  std::optional<Plans> by;
  std::uint64_t cost = 1;
  Store store = Store::memory;
  bool leases = false;
  OnStoreFailure on_store_failure = OnStoreFailure::local;
  std::vector<FieldStyle> headers = {FieldStyle::ietf};
  std::uint64_t max_keys = 1'000'000;

  // Without a plan: `limits`, or the one that `rate` and `burst` are short for.
  std::vector<RateLimit> base() const;
  bool needs_identity() const noexcept;
  static const Schema& schema();
};

std::vector<RateLimit> values_of(const std::vector<Limit>& limits);

}  // namespace sluice::filters::rate_limit
