// What an answer says of a limit: draft-ietf-httpapi-ratelimit-headers, structured fields (RFC 9651), and the
// X- fields that came before it.
//
//   LimitFields fields("per-user", {FieldStyle::ietf});
//   auto policy = fields.policy(limits, arena);        // "per-user";q=100;w=60
//   auto state = fields.state(limits, grant, arena);   // "per-user";r=42;t=18
//
// A bucket of `burst` tokens that needs `w` seconds from empty to full is the quota `q` = burst in the window
// w: a client that keeps to it is never refused. One that needs less than a second is told the window of a
// second and what it gains in that. `t` is the time until nothing is missing. Several limits of a policy are
// told apart by their rates: "per-user:10/s", "per-user:1000/h".
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filters/rate_limit/settings.hpp"
#include "sluice/http.hpp"
#include "sluice/store.hpp"

namespace sluice::filters::rate_limit {

class LimitFields {
 public:
  LimitFields(std::string_view policy, const std::vector<FieldStyle>& styles);

  bool any() const noexcept { return ietf_ || x_; }

  // RateLimit-Policy of these limits, in the arena.
  std::string_view policy(std::span<const RateLimit> limits, Arena& arena) const;
  // RateLimit of what became of them.
  std::string_view state(std::span<const RateLimit> limits, const Grant& grant, Arena& arena) const;

  // X-RateLimit-*: of the limit that has the fewest tokens left.
  struct X {
    std::string_view limit, remaining, reset;
  };
  static X x(std::span<const RateLimit> limits, const Grant& grant, Arena& arena);

  bool ietf() const noexcept { return ietf_; }
  bool has_x() const noexcept { return x_; }

 private:
  char* name(char* to, const RateLimit& limit, bool alone) const;
  std::size_t room(std::size_t limits) const noexcept;

  std::string name_;  // as it stands between the quotes
  bool ietf_ = false;
  bool x_ = false;
};

// Whole seconds, rounded up: who waits that long has waited long enough.
std::uint64_t seconds(Duration d) noexcept;
std::string_view decimal(std::uint64_t n, Arena& arena);

}  // namespace sluice::filters::rate_limit
