#include "pipeline/any_identity.hpp"

#include <type_traits>

namespace sluice::pipeline {
namespace {

// What a filter answered, kept aside. Views only: it lives in the arena.
struct Refusal {
  std::uint16_t status;
  const char* reason;
  Fields fields;
  Exchange::Problem problem;
  Error error;
  ResponseFlags flags;

  explicit Refusal(const Exchange& x)
      : status(x.response.status),
        reason(x.response.reason),
        fields(x.response.fields),
        problem(x.problem),
        error(x.error),
        flags(x.flags) {}

  void stand(Exchange& x) const {
    x.refuse(status, reason);
    x.response.fields = fields;
    x.problem = problem;
    x.error = error;
    x.flags = flags;
  }

  // The higher is told before the others.
  int weight() const noexcept {
    int kind = status >= 500 ? 4 : status == 401 ? 2 : 0;
    return kind + (std::string_view(reason).ends_with("_missing") ? 0 : 1);
  }
};

}  // namespace

struct AnyIdentity::Attempts {
  explicit Attempts(const Exchange& x) noexcept : challenges(x.arena), mark(x.hook_mark()), flags(x.flags) {}

  // True where the caller is known now. Otherwise the exchange is as it was before.
  bool took(Exchange& x, Verdict verdict) {
    auto& p = x.principal;
    if (verdict == Verdict::proceed && p.known() && !p.unproven) return true;
    if (verdict == Verdict::reply) refused(x);
    shadowed = shadowed || (verdict == Verdict::proceed && p.unproven);
    unasked = unasked || p.unasked;
    p = {};
    return false;
  }

  Verdict conclude(Exchange& x) const {
    if (!told) {
      x.principal.unproven = shadowed;
      x.principal.unasked = unasked;
      return Verdict::proceed;
    }
    told->stand(x);
    if (told->status != 401) return Verdict::reply;
    x.response.fields.remove(FieldId::www_authenticate);
    for (auto& c : challenges) x.response.fields.add(c.id, c.name, c.value);
    return Verdict::reply;
  }

 private:
  void refused(Exchange& x) {
    for (auto& f : x.response.fields)
      if (f.id == FieldId::www_authenticate) challenges.add(f.id, f.name, f.value);
    auto* refusal = x.arena.make<Refusal>(x);
    if (!told || refusal->weight() > told->weight()) told = refusal;
    x.drop_hooks(mark);
    x.response.reset();
    x.problem = {};
    x.error = {};
    x.flags = flags;
  }

  Fields challenges;  // of all, in their order
  void* mark;
  ResponseFlags flags;
  const Refusal* told = nullptr;
  bool shadowed = false, unasked = false;
};

AnyIdentity::AnyIdentity(std::vector<Step> alternatives) {
  for (auto& step : alternatives) {
    std::vector<Step> one;
    one.push_back(std::move(step));
    alternatives_.emplace_back(std::move(one));
  }
}

void AnyIdentity::strip(const FilterChain& alternative, Exchange& x, Stripping what) {
  auto& step = alternative.steps().front();
  if (step.mode->load(std::memory_order_relaxed) != Mode::off) ((*step.filter).*what)(x);
}

Verdict AnyIdentity::accept(Exchange& x) const {
  for (auto& a : alternatives_) strip(a, x, &Filter::take_credentials);
  return Verdict::proceed;
}

Eventual<Verdict> AnyIdentity::on_request(Exchange& x) const {
  for (auto& a : alternatives_) strip(a, x, &Filter::strip_fields);
  return from(x, 0, *x.arena.make<Attempts>(x));
}

Eventual<Verdict> AnyIdentity::from(Exchange& x, std::size_t at, Attempts& attempts) const {
  static_assert(std::is_trivially_destructible_v<Attempts> && std::is_trivially_destructible_v<Refusal>);
  for (; at < alternatives_.size(); ++at) {
    auto trying = alternatives_[at].run(x);
    if (!trying.ready()) return rest(x, at, attempts, std::move(trying));
    if (attempts.took(x, trying.value())) return accept(x);
    strip(alternatives_[at], x, &Filter::strip_fields);
  }
  return attempts.conclude(x);
}

Task<Verdict> AnyIdentity::rest(Exchange& x, std::size_t at, Attempts& attempts,
                                Eventual<Verdict> waiting) const {
  auto verdict = co_await waiting;
  if (attempts.took(x, verdict)) co_return accept(x);
  strip(alternatives_[at], x, &Filter::strip_fields);
  auto others = from(x, at + 1, attempts);
  co_return co_await others;
}

}  // namespace sluice::pipeline
