// Errand: a request that goes to the origin, and what the cache makes of the answer.
//
//   Errand errand(caching, x, keys, asks);
//   errand.validate(x, stored);                          // or nothing is stored
//   errand.lead = std::move(turn.lead);                  // others wait for the answer
//   send(x, std::move(errand));                          // the rest is done once the answer is there
//
// What it may become: stored, for everybody or for the caller alone; another head for what is stored (304,
// HEAD); not stored, with the reason remembered, so that nobody waits for it the next time; and where the
// origin fails, what is stored, if it may still be given.
#pragma once
#include <optional>

#include "filters/cache/caching.hpp"
#include "filters/cache/revalidate.hpp"
#include "http/cache_control.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::cache {

struct Errand {
  Errand(const Caching& c, const Keys& k, const http::CacheControl& a) noexcept
      : caching(&c), keys(k), asks(a) {}

  const Caching* caching;
  Keys keys;
  http::CacheControl asks;  // what the client said
  Lead lead;                // none: it goes for itself alone
  CacheKey lead_key;
  TierTicket ticket;               // to put the answer behind memory as well
  StoredPtr stored;                // what stood there, stale
  std::optional<SetAside> client;  // its conditions, where the origin is not told of them
  bool validates = false;          // by the conditions of `stored`
  bool in_background = false;
  const char* why = "uri-miss";  // RFC 9211 §2.2
  const char* detail = "";
};

// Takes the client's conditions off the request, and puts the validators of what is stored in their place.
void ask_for(Exchange& x, Errand& errand);
// Leaves the errand to the answer.
void send(Exchange& x, Errand errand);

// What is stored, and how old it is now. A soft purge has ended its time.
struct Standing {
  Freshness freshness;
  Duration age;

  Standing(const StoredResponse& stored, TimePoint now) noexcept;
  Seconds left() const noexcept { return std::chrono::floor<Seconds>(freshness.left(age)); }
};

}  // namespace sluice::filters::cache
