#include "filters/require/require.hpp"

#include <algorithm>

namespace sluice::filters::require {
namespace {

MetricSeries requests(std::string_view policy, const char* result) {
  return {"sluice_require_requests_total",
          "Requests that a require filter looked at, by what it said.",
          {{"policy", std::string(policy)}, {"result", result}}};
}

enum class Lack : std::uint8_t { nothing, scope, role, claim };

bool has_claim(const Principal& p, const std::string& path, const std::vector<std::string>& values) noexcept {
  if (!p.claims) return false;
  auto claimed = p.claims->all(path);
  return std::ranges::any_of(
      claimed, [&](auto& claim) { return std::ranges::find(values, claim.value) != values.end(); });
}

Lack lack_of(const Demand& demand, const Principal& p) noexcept {
  for (auto& scope : demand.scopes)
    if (!p.has_scope(scope)) return Lack::scope;
  for (auto& role : demand.roles)
    if (!p.has_role(role)) return Lack::role;
  for (auto& [path, values] : demand.claims)
    if (!has_claim(p, path, values)) return Lack::claim;
  return Lack::nothing;
}

// RFC 6750 §3.1: what a token would need.
std::string challenge_for(const std::vector<std::string>& scopes, const std::vector<std::string>& more = {}) {
  std::string text = "Bearer error=\"insufficient_scope\", scope=\"";
  auto add = [&, first = true](const std::string& scope) mutable {
    text += (std::exchange(first, false) ? "" : " ") + scope;
  };
  for (auto& scope : scopes) add(scope);
  for (auto& scope : more)
    if (std::ranges::find(scopes, scope) == scopes.end()) add(scope);
  return text + '"';
}

class Require final : public Filter {
 public:
  using Settings = require::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::permission; }

  Require(const Settings& settings, FilterContext& context)
      : demand_(settings),
        any_(settings.any),
        challenge_(challenge_for(settings.scopes)),
        any_challenge_(settings.any.empty() ? ""
                                            : challenge_for(settings.scopes, settings.any.front().scopes)),
        granted_(context.meter.counter(requests(context.name, "granted"))),
        unknown_(context.meter.counter(requests(context.name, "unknown"))),
        denied_(context.meter.counter(requests(context.name, "denied"))) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    auto& p = x.principal;
    if (!p.known() || p.unproven) return refuse_unknown(x);
    if (auto lack = lack_of(demand_, p); lack != Lack::nothing) return deny(x, lack, challenge_);
    if (auto lack = lack_of_any(p); lack != Lack::nothing) return deny(x, lack, any_challenge_);
    granted_.add(x.worker.index);
    return Verdict::proceed;
  }

 private:
  // Of several ways the first is told, so that an answer does not depend on what the caller has.
  Lack lack_of_any(const Principal& p) const noexcept {
    auto first = Lack::nothing;
    for (auto& demand : any_) {
      auto lack = lack_of(demand, p);
      if (lack == Lack::nothing) return lack;
      if (first == Lack::nothing) first = lack;
    }
    return first;
  }

  // Identity filters that are off or in shadow let everybody pass; that proves nothing of anybody.
  Verdict refuse_unknown(Exchange& x) const {
    unknown_.add(x.worker.index);
    x.flags.set(Flag::uaex);
    x.refuse(401, x.principal.unproven ? "principal_unproven" : "principal_unknown");
    x.explain("Only known callers may ask for this.");
    x.response.fields.add(FieldId::www_authenticate, "WWW-Authenticate", "Bearer");
    return Verdict::reply;
  }

  // RFC 6750 §3.1: who came with a token is told which scopes would do. Nobody else is asked to come with
  // one, and no scope makes up for a role or a claim.
  Verdict deny(Exchange& x, Lack lack, std::string_view challenge) const {
    static constexpr const char* reasons[] = {"", "scope_missing", "role_missing", "claim_missing"};
    denied_.add(x.worker.index);
    x.flags.set(Flag::uaex);
    x.refuse(403, reasons[static_cast<std::size_t>(lack)]);
    x.explain(lack == Lack::scope  ? "The caller lacks a scope that this needs."
              : lack == Lack::role ? "The caller lacks a role that this needs."
                                   : "The caller lacks a claim that this needs.");
    if (lack == Lack::scope && x.principal.method == "jwt")
      x.response.fields.add(FieldId::www_authenticate, "WWW-Authenticate", challenge);
    return Verdict::reply;
  }

  Demand demand_;
  std::vector<Demand> any_;
  std::string challenge_, any_challenge_;
  Counter granted_, unknown_, denied_;
};

}  // namespace

FilterKind require_filter() {
  return filter_kind<Require>("require",
                              {.decides = true, .guards = true, .repeatable = true, .asks_who = true});
}

}  // namespace sluice::filters::require
