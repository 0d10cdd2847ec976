// Split: which of a route's upstreams a caller is served by. The same caller is always served by the same
// one, on every worker, replica and route that divides between upstreams of these names, until weights
// change; and then only those move who have to.
//
//   Split split(settings, {"orders", "orders-next"}, weights, "get-order", meter);
//   if (auto choice = split.choose(x)) {              // nothing: all weights are 0
//     split.count(x, *choice);                        // also how it will be answered
//     forward_to(targets[choice->side]);
//   }
//
// Each side draws a number for the caller, from the caller's key and its own name, and the lowest in relation
// to its weight wins (weighted rendezvous hashing). A weight that grows can therefore only win callers, and
// one that shrinks only lose some; the order in which the sides are written means nothing.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "proxy/weights.hpp"
#include "sluice/exchange.hpp"
#include "sluice/metrics.hpp"

namespace sluice::proxy {

class Split {
 public:
  struct Choice {
    std::size_t side;    // in the order of the route's `to`
    const Variable* by;  // what said so; null: all go to this side
    bool forced;
  };

  // `sides`: the upstreams' names, those of `weights`.
  Split(const config::Split& settings, const std::vector<std::string>& sides,
        std::shared_ptr<Weights> weights, const std::string& route, Meter& meter);

  std::optional<Choice> choose(Exchange& x) const;
  // The exchange goes that way. Counts that, and later how it was answered.
  void count(Exchange& x, const Choice& choice) const;

  const std::vector<Variable>& key() const noexcept { return key_; }
  const std::vector<Variable>& force() const noexcept { return force_; }
  const Weights& weights() const noexcept { return *weights_; }

  // The same for all time and everywhere: with another one every caller would move.
  static std::uint64_t hash_of(std::string_view key) noexcept;

 private:
  struct Side {
    std::string name;
    std::size_t place;  // among the weights
    std::uint64_t hash;
    Counter drawn, forced, well, badly;
  };

  std::optional<Choice> forced(Exchange& x) const;
  std::optional<Choice> drawn(Exchange& x) const;
  std::optional<std::size_t> only_one(const std::vector<std::uint32_t>& weights) const noexcept;

  std::vector<Variable> key_, force_;
  std::vector<Side> sides_;
  std::shared_ptr<Weights> weights_;
};

}  // namespace sluice::proxy
