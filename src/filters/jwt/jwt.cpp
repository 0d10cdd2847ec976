#include "filters/jwt/jwt.hpp"

#include "filters/jwt/bearer.hpp"
#include "filters/jwt/challenge.hpp"
#include "filters/jwt/configured_keys.hpp"
#include "filters/jwt/jwks_source.hpp"
#include "filters/jwt/signer.hpp"
#include "filters/jwt/tallies.hpp"
#include "filters/jwt/token_cache.hpp"

namespace sluice::filters::jwt {
namespace {

std::shared_ptr<JwksSource> source_of(const Settings& settings, FilterContext& context) {
  if (!settings.jwks || settings.jwks->file) return nullptr;
  auto& jwks = *settings.jwks;
  JwksOrigin origin;
  origin.url = jwks.discover ? settings.issuer.value_or("") : jwks.url.value_or("");
  origin.discover = jwks.discover;
  origin.insecure = jwks.insecure;
  origin.ca = jwks.ca;
  return jwks_source(origin, {jwks.refresh, jwks.max_stale, jwks.unknown_kid_cooldown}, context);
}

class Jwt final : public Filter {
 public:
  using Settings = jwt::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::identity; }

  Jwt(const Settings& settings, FilterContext& context)
      : settings_(settings),
        allowed_(settings.allowed()),
        keys_(configured_keys(settings, context.errors)),
        source_(source_of(settings, context)),
        forwarding_(settings.forward_claims),
        challenges_(settings.realm),
        tallies_(context),
        workers_(context.workers) {
    for (auto& place : settings.from)
      if (place.query) context.mask(*place.query);
    if (settings.jwks && settings.jwks->file) context.watch(*settings.jwks->file);
  }

  void strip_fields(Exchange& x) const override { forwarding_.strip(x.request.fields); }
  void take_credentials(Exchange& x) const override { take_tokens(x.request, settings_.from); }

  Eventual<Verdict> on_request(Exchange& x) const override {
    strip_fields(x);
    auto found = find_token(x.request, settings_.from);
    take_credentials(x);
    if (found.fault) return refuse(x, *found.fault);
    if (found.token.size() > settings_.max_token.bytes) return refuse(x, Fault::oversized);
    auto& own = workers_.at(x.worker);
    auto known = own.cache.find(found.token, version(), now(x.worker));
    tallies_.looked_up(x.worker, static_cast<bool>(known));
    if (known) return admit(x, std::move(known));
    if (!is_one_token(found.token)) return refuse(x, Fault::ambiguous);
    return judge(x, found.token);
  }

 private:
  // What each worker has of its own.
  struct Own {
    TokenCache cache;
    json::Document scratch;
  };
  struct Judgement {
    TokenPin token;  // none: `fault`
    Fault fault{};
  };

  static Moment now(const Worker& worker) noexcept { return moment(worker.timers.wall()); }
  // Of the keys: what was verified with others is not remembered.
  std::uint64_t version() const noexcept { return source_ ? source_->version() : 0; }

  Verdict refuse(Exchange& x, Fault fault) const {
    tallies_.refused(x.worker, fault);
    return challenges_.refuse(x, fault);
  }

  Verdict admit(Exchange& x, TokenPin token) const {
    tallies_.accepted(x.worker);
    x.principal.merge(token->principal());
    forwarding_.add(token->forwarded, x.request.fields);
    x.on_end([pin = std::move(token)](const Outcome&) noexcept {});
    return Verdict::proceed;
  }

  Verdict conclude(Exchange& x, Judgement judgement) const {
    if (!judgement.token) return refuse(x, judgement.fault);
    return admit(x, std::move(judgement.token));
  }

  Eventual<Verdict> judge(Exchange& x, std::string_view text) const {
    auto judgement = judge_now(x.worker, text);
    bool newer_keys_may_help = !judgement.token && source_ &&
                               (judgement.fault == Fault::unknown_key || judgement.fault == Fault::no_keys);
    if (newer_keys_may_help) return judge_later(x, text);
    return conclude(x, std::move(judgement));
  }

  Task<Verdict> judge_later(Exchange& x, std::string_view text) const {
    auto asking = source_->refetch(x.worker);
    co_await asking;
    co_return conclude(x, judge_now(x.worker, text));
  }

  Judgement judge_now(const Worker& worker, std::string_view text) const {
    auto& own = workers_.at(worker);
    auto keys_version = version();  // before the keys: they may be replaced at any time
    Token token;
    if (auto fault = read_token(text, own.scratch, token)) return {{}, *fault};
    if (auto fault = judge_signer(worker, token)) return {{}, *fault};
    Reading reading;
    if (auto fault = read_claims(token.coded_payload, settings_, now(worker), own.scratch, reading))
      return {{}, *fault};
    auto forwarded = forwarding_.values_of(reading.claims);
    auto verified =
        std::make_unique<VerifiedToken>(text, std::move(reading), std::move(forwarded), keys_version);
    return {own.cache.keep(std::move(verified), settings_.cache), {}};
  }

  std::optional<Fault> judge_signer(const Worker& worker, const Token& token) const {
    if (!allowed_.has(token.algorithm)) return Fault::algorithm;
    auto* fetched = source_ ? source_->keys(worker) : nullptr;
    auto fault = judge_signature(token, keys_, fetched);
    bool is_blind = source_ && !fetched;
    if (fault && *fault != Fault::signature && is_blind) return Fault::no_keys;
    return fault;
  }

  const Settings settings_;
  const Algorithms allowed_;
  const KeySet keys_;
  const std::shared_ptr<JwksSource> source_;  // null: the keys are these
  const Forwarding forwarding_;
  const Challenges challenges_;
  const Tallies tallies_;
  mutable WorkerLocal<Own> workers_;
};

}  // namespace

FilterKind jwt_filter() {
  return filter_kind<Jwt>("jwt", {.decides = true, .guards = true, .repeatable = true});
}

std::shared_ptr<const Filter> make_jwt(const Settings& settings, FilterContext& context) {
  return std::make_shared<const Jwt>(settings, context);
}

}  // namespace sluice::filters::jwt
