// Sticky: the cookie that brings a client back to the endpoint which served it before.
//
//   Sticky sticky(settings, "users");
//   member.token = sticky.token(endpoint.name());                       // when a set is made
//   asked.token = value_of(sticky.variable(), exchange);                // each request
//   auto token = walk.token(endpoint);                                  // of the one that answered
//   if (token != asked.token) fields.add("Set-Cookie", sticky.field(token, tls, arena));
//
// A token is the signature itself: HMAC-SHA256, under the secret, of the upstream's and the endpoint's name.
// It says nothing of the address, nobody can make one without the secret, and to check one is to look it up:
// what is called by no endpoint of the set, forged, foreign or old, is as good as none.
#pragma once
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "sluice/arena.hpp"
#include "sluice/variable.hpp"

namespace sluice::upstream {

class Sticky {
 public:
  Sticky(const config::Sticky& settings, std::string upstream);

  std::string token(std::string_view endpoint) const;
  const Variable& variable() const noexcept { return cookie_; }
  // The value of Set-Cookie (RFC 6265 §4.1), in the arena. `tls`: the client came by https.
  std::string_view field(std::string_view token, bool tls, Arena& arena) const;

 private:
  const std::string upstream_;
  const std::string secret_;
  const Variable cookie_;
  const std::string attributes_;
};

}  // namespace sluice::upstream
