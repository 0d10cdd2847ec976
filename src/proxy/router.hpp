// Router: which route a request belongs to (docs/configuration.md, "Which route wins").
//
//   Router router(rules);                                    // once, when a snapshot is built
//   auto choice = router.choose(exchange.request, peer.listener, exchange.arena);
//   if (choice.how == Choice::How::route) use(choice.rule, choice.parameters);
//
// A higher priority wins. Within one: an exact host over a wildcard (the longest first) over none; then the
// path's segments from the left, literal over capture over rest; then path_regex; then more conditions over
// fewer (config/route_order.hpp). What costs is the path's length, not the number of routes: every literal
// step is one look-up in a hash table. A choice allocates nothing but in the arena.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "sluice/exchange.hpp"
#include "sluice/http.hpp"

namespace sluice::proxy {

// One route as the router takes it; what it points to is only read while the router is made.
struct Rule {
  std::string_view name;
  const config::Route* route = nullptr;  // its match, priority and listeners
  bool answers_preflight = false;        // a CORS preflight is matched by the method that it asks for
};

struct Choice {
  enum class How : std::uint8_t {
    none,    // nothing matches
    method,  // something would, but for the method: `allow` says which methods it has
    route
  };
  How how = How::none;
  std::uint32_t rule = 0;                     // its index among the rules
  std::span<const PathParameter> parameters;  // in the arena; the names live as long as the router
  std::string_view allow;                     // the Allow field, in the arena
};

// Why a route was chosen, for people.
struct Explanation {
  Choice choice;
  std::vector<std::string> reasons;  // of the route that was chosen, in the order of their weight
  struct PassedOver {
    std::string route, reason;
  };
  std::vector<PassedOver> passed_over;  // looked at before, and found not to match
};

class Router {
 public:
  Router();
  // Every expression of a rule was compiled once already when the configuration was checked; one that is
  // wrong here throws std::invalid_argument.
  explicit Router(std::span<const Rule> rules);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // The request's host and path are normalised.
  Choice choose(const Request& request, std::string_view listener, Arena& arena) const;
  // The same, and why.
  Explanation explain(const Request& request, std::string_view listener, Arena& arena) const;

  std::size_t size() const noexcept;

 private:
  struct Index;
  class Search;
  std::unique_ptr<const Index> index_;
};

}  // namespace sluice::proxy
