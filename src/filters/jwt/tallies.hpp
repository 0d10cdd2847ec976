// What became of tokens, counted for each policy.
//
//   Tallies tallies(context);
//   tallies.refused(x.worker, Fault::expired);
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "filters/jwt/fault.hpp"
#include "sluice/filter_kind.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::jwt {

class Tallies {
 public:
  explicit Tallies(FilterContext& context)
      : accepted_(total(context, "ok")), hits_(cached(context, "hit")), misses_(cached(context, "miss")) {
    for (std::size_t i = 0; i < faults; ++i)
      refused_.push_back(total(context, row_of(static_cast<Fault>(i)).result));
  }

  void accepted(const Worker& w) const noexcept { accepted_.add(w.index); }
  void refused(const Worker& w, Fault fault) const noexcept {
    refused_[static_cast<std::size_t>(fault)].add(w.index);
  }
  void looked_up(const Worker& w, bool found) const noexcept { (found ? hits_ : misses_).add(w.index); }

 private:
  static Counter counter(FilterContext& context, const char* name, const char* help,
                         std::string_view result) {
    return context.meter.counter(
        {name, help, {{"policy", std::string(context.name)}, {"result", std::string(result)}}});
  }
  static Counter total(FilterContext& context, std::string_view result) {
    return counter(context, "sluice_jwt_total", "Requests, by what became of their token.", result);
  }
  static Counter cached(FilterContext& context, std::string_view result) {
    return counter(context, "sluice_jwt_cache_total", "Tokens, by whether they were remembered as verified.",
                   result);
  }

  Counter accepted_, hits_, misses_;
  std::vector<Counter> refused_;
};

}  // namespace sluice::filters::jwt
