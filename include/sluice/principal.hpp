// Who a request is for, as the identity filters found out: the one thing that later filters, keys and logs
// see of it.
//
//   Principal p{.subject = token.subject, .method = "jwt"};
//   p.scopes = token.scopes;                       // views into what the exchange keeps alive
//   x.identify(p);
//   ...
//   if (!x.principal.has_scope("users:read")) return x.refuse(403, "scope_missing");
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/units.hpp"

namespace sluice {

// So many in a time, and how many at once.
struct RateLimit {
  Rate rate;
  std::uint64_t burst = 0;  // the bucket's capacity
};

// What was claimed of somebody and proven, as a flat table: one entry for each value, named by its dotted
// path ("realm.roles"); an array's values stand under one path, in their order. Numbers and booleans are
// text. A member whose own name has dots and stands at the top ("https://example.com/roles") goes before a
// nested one of the same path. Immutable once built; whoever proved it owns it.
class Claims {
 public:
  struct Claim {
    std::string path, value;
  };

  Claims() = default;
  explicit Claims(std::vector<Claim> claims) : claims_(std::move(claims)) {
    std::stable_sort(claims_.begin(), claims_.end(), [](auto& a, auto& b) { return a.path < b.path; });
  }

  // Every value of that path; empty where there is none.
  std::span<const Claim> all(std::string_view path) const noexcept {
    auto first = std::lower_bound(claims_.begin(), claims_.end(), path,
                                  [](auto& claim, std::string_view p) { return claim.path < p; });
    auto last = first;
    while (last != claims_.end() && last->path == path) ++last;
    return {first, last};
  }
  // The first value, or an empty view with a null pointer.
  std::string_view get(std::string_view path) const noexcept {
    auto values = all(path);
    return values.empty() ? std::string_view() : std::string_view(values.front().value);
  }
  std::span<const Claim> entries() const noexcept { return claims_; }

 private:
  std::vector<Claim> claims_;
};

// All views are into memory that lives until the exchange has ended.
struct Principal {
  std::string_view subject;  // empty: anonymous
  std::string_view method;   // the kind of the filter that proved it: "jwt"
  bool unproven = false;     // a shadowed identity filter would have refused
  bool unasked = false;      // an identity filter is switched off: there may be a credential that nobody saw

  std::span<const std::string> scopes;
  std::span<const std::string> roles;
  const Claims* claims = nullptr;     // null: none
  std::span<const RateLimit> limits;  // of this caller alone, instead of a policy's; empty: none

  bool known() const noexcept { return !subject.empty(); }
  // Whoever it is not said to be it is not: `subject` may be relied on, an empty one too.
  bool certain() const noexcept { return !unproven && !unasked; }
  bool has_scope(std::string_view scope) const noexcept { return contains(scopes, scope); }
  bool has_role(std::string_view role) const noexcept { return contains(roles, role); }
  // The first value of a claim, or an empty view with a null pointer.
  std::string_view claim(std::string_view path) const noexcept {
    return claims ? claims->get(path) : std::string_view();
  }

  // Where several filters have identified one caller the first gives the name, and each of the other parts
  // comes from the first that has some.
  void merge(const Principal& other) noexcept {
    if (subject.empty()) {
      subject = other.subject;
      method = other.method;
    }
    if (scopes.empty()) scopes = other.scopes;
    if (roles.empty()) roles = other.roles;
    if (!claims) claims = other.claims;
    if (limits.empty()) limits = other.limits;
  }

 private:
  static bool contains(std::span<const std::string> all, std::string_view one) noexcept {
    return std::find(all.begin(), all.end(), one) != all.end();
  }
};

}  // namespace sluice
