// What an answer is found under: its URL; then the policy with its settings of the key, the route, what the
// configuration adds; and who it is for.
//
//   KeyMaker maker("short-cache", settings);
//   Keys keys = maker.make(exchange);               // in the exchange's arena; allocates nothing
//   keys.shared                                     // of answers for everybody
//   keys.own                                        // of answers for this caller alone
//
// GET and HEAD have one key. No two routes share an answer. A credential is in no key: what identity filters
// find in a query they have taken off it by then, and who is asking stands for it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "filters/cache/settings.hpp"
#include "filters/cache/stored_response.hpp"
#include "http/target.hpp"
#include "sluice/exchange.hpp"
#include "sluice/variable.hpp"

namespace sluice::filters::cache {

// Without text where there is none.
struct Keys {
  CacheKey shared;  // none: with these settings nothing is for everybody
  CacheKey own;     // none: nobody is known, or it makes no difference
};

class KeyMaker {
 public:
  KeyMaker(std::string_view policy, const Settings& settings);

  Keys make(Exchange& x) const;
  // scheme://authority/path?query, as answers to this request are purged by.
  std::string_view url_of(const Request& request, Arena& arena) const;
  // The same of another resource of its origin.
  std::string_view url_of(const Request& request, const http::SplitTarget& target, Arena& arena) const;

  // What it consists of, for people.
  std::string describe() const;

 private:
  struct Query {
    std::string_view mark, text;  // "?" where there is one
  };
  Query query_of(std::string_view query, bool has_query, Arena& arena) const;
  bool is_kept(std::string_view pair, Arena& arena) const;
  std::string_view additions(Exchange& x) const;

  const std::string prefix_;
  const KeyParts parts_;
  std::vector<Variable> variables_;  // fields and cookies
  const bool shared_, private_;
};

}  // namespace sluice::filters::cache
