// Routes for tests, written as a configuration would say them.
//
//   Routes routes;
//   routes.add("users", "/users/**").methods({"GET"}).header("x-v", "2");
//   Router router = routes.router();
#pragma once
#include <deque>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/router.hpp"

namespace sluice::proxy::testing {

class Routes {
 public:
  class Making {
   public:
    Making(config::Route& r, bool& preflight) : route_(r), preflight_(preflight) {}
    Making& host(std::string h) { return route_.match.host = std::move(h), *this; }
    Making& methods(std::vector<std::string> m) { return route_.match.methods = std::move(m), *this; }
    Making& priority(int p) { return route_.priority = p, *this; }
    Making& listeners(std::vector<std::string> l) { return route_.listeners = std::move(l), *this; }
    Making& preflight() { return preflight_ = true, *this; }
    Making& header(const std::string& n, std::string v) {
      return route_.match.headers[n].exact = std::move(v), *this;
    }
    Making& header_regex(const std::string& n, std::string v) {
      return route_.match.headers[n].regex = std::move(v), *this;
    }
    Making& query(const std::string& n, std::string v) {
      return route_.match.query[n].exact = std::move(v), *this;
    }
    Making& query_regex(const std::string& n, std::string v) {
      return route_.match.query[n].regex = std::move(v), *this;
    }

   private:
    config::Route& route_;
    bool& preflight_;
  };

  Making add(std::string name, const std::string& path) {
    auto& made = routes_.emplace_back(Named{std::move(name), {}, false});
    auto parsed = config::PathPattern::parse(path);
    if (auto* fault = std::get_if<std::string>(&parsed)) throw std::invalid_argument(*fault);
    made.route.match.pattern = std::get<config::PathPattern>(parsed);
    made.route.match.path = path;
    return Making(made.route, made.preflight);
  }
  Making add_regex(std::string name, const std::string& regex) {
    auto& made = routes_.emplace_back(Named{std::move(name), {}, false});
    made.route.match.path_regex = regex;
    return Making(made.route, made.preflight);
  }

  Router router() const {
    std::vector<Rule> rules;
    for (auto& r : routes_) rules.push_back({r.name, &r.route, r.preflight});
    return Router(rules);
  }
  const std::string& name(std::size_t i) const { return routes_[i].name; }

 private:
  struct Named {
    std::string name;
    config::Route route;
    bool preflight;
  };
  std::deque<Named> routes_;
};

}  // namespace sluice::proxy::testing
