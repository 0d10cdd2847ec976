// The settings of a cache.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "filters/cache/freshness.hpp"
#include "sluice/config.hpp"

namespace sluice::filters::cache {

// Statuses that may be given a lifetime.
inline constexpr std::array<std::uint16_t, 24> statuses_with_ttl = {200, 203, 204, 300, 301, 302, 303, 307,
                                                                    308, 400, 401, 403, 404, 405, 410, 414,
                                                                    421, 429, 451, 500, 501, 502, 503, 504};

// One lifetime, or one for each status.
struct Ttl {
  std::optional<Duration> usual;  // of what is cacheable by heuristics and no error
  std::array<std::optional<Duration>, statuses_with_ttl.size()> by_status;

  bool any() const noexcept;
  std::vector<StatusTtl> rules() const;
  static const Schema& schema();
};

// What makes two requests ask for the same thing, besides method, scheme, authority and path.
struct KeyParts {
  std::optional<std::vector<std::string>> query;  // these alone; absent: all
  std::vector<std::string> ignore_query;          // all but these
  bool sort_query = false;
  std::vector<std::string> headers;
  std::vector<std::string> cookies;
  static const Schema& schema();
};

enum class PrivateBy : std::uint8_t { principal };
constexpr auto names_of(PrivateBy) {
  using namespace std::string_view_literals;
  return std::array{"principal"sv};
}

enum class Tier : std::uint8_t { memory, redis };
constexpr auto names_of(Tier) {
  using namespace std::string_view_literals;
  return std::array{"memory"sv, "redis"sv};
}

struct Settings {
  Ttl ttl;
  KeyParts key;
  std::optional<Duration> stale_while_revalidate;
  std::optional<Duration> stale_if_error;
  bool shared = false;
  std::optional<PrivateBy> private_by;
  std::vector<Tier> tiers = {Tier::memory};
  Duration collapse_timeout = std::chrono::seconds(5);
  std::vector<Cidr> purge_method;
  bool cache_status = true;

  bool has_tier(Tier tier) const noexcept;
  static const Schema& schema();
};

}  // namespace sluice::filters::cache
