// `identity: any`: several ways to say who is asking, of which one is enough. They are tried in their order;
// the first that finds a caller out is the last that is asked, whatever the earlier ones said.
//
//   Step step;
//   step.filter = std::make_shared<AnyIdentity>(std::move(alternatives));   // of the phase identity
//   step.mode = ...;                                                        // enforce, always
//
// Where none does, one refusal stands for all. A way that could not tell (5xx) goes before those that said
// no, so that nobody throws a good credential away; then 401, with every challenge that was made (RFC 9110
// §11.6.1); then whatever the first one said. Of equals the one is told that was about a credential, not
// about its absence.
//
// Nothing that one of them would have kept from the upstream goes on because another was enough: neither
// fields that it alone may write nor credentials that it looks for.
//
// Each alternative keeps its own mode, name, count and span. One in shadow never refuses: where there is no
// other the request goes on, unproven. What it finds out counts.
#pragma once
#include <span>
#include <vector>

#include "pipeline/filter_chain.hpp"

namespace sluice::pipeline {

class AnyIdentity final : public Filter {
 public:
  explicit AnyIdentity(std::vector<Step> alternatives);

  // Each is a chain of one.
  std::span<const FilterChain> alternatives() const noexcept { return alternatives_; }

  Eventual<Verdict> on_request(Exchange& x) const override;

 private:
  struct Attempts;
  using Stripping = void (Filter::*)(Exchange&) const;

  static void strip(const FilterChain& alternative, Exchange& x, Stripping what);
  Verdict accept(Exchange& x) const;
  Eventual<Verdict> from(Exchange& x, std::size_t at, Attempts& attempts) const;
  Task<Verdict> rest(Exchange& x, std::size_t at, Attempts& attempts, Eventual<Verdict> waiting) const;

  std::vector<FilterChain> alternatives_;
};

}  // namespace sluice::pipeline
