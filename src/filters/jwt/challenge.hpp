// How a request is refused for its token: status, reason, problem, and the challenge of RFC 6750 §3.
//
//   Challenges challenges("api");
//   return challenges.refuse(x, Fault::expired);
//   // 401, WWW-Authenticate: Bearer realm="api", error="invalid_token", error_description="..."
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "filters/jwt/fault.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::jwt {

class Challenges {
 public:
  explicit Challenges(std::string_view realm);
  // This object lives as long as the exchange.
  Verdict refuse(Exchange& x, Fault fault) const;

 private:
  std::array<std::string, faults> texts_;  // empty: no challenge
};

}  // namespace sluice::filters::jwt
