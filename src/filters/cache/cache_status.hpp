// Cache-Status (RFC 9211): what this cache did with a request, in one member of the field.
//
//   add_cache_status(response.fields, {.hit = true, .ttl = 30s});                      // sluice; hit; ttl=30
//   add_cache_status(response.fields, {.forwarded = "uri-miss", .forward_status = 200, .stored = true});
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::filters::cache {

struct CacheStatus {
  bool hit = false;
  std::string_view forwarded =
      {};  // §2.2: "bypass", "method", "uri-miss", "vary-miss", "stale", "request" ...
  std::uint16_t forward_status = 0;              // of the origin's answer, where it is not the one sent
  std::optional<std::chrono::seconds> ttl = {};  // left of its lifetime; negative where it is stale
  bool stored = false;
  bool collapsed = false;
  std::string_view detail = {};  // a token: why it was not stored
};

// Behind the members that caches nearer to the origin wrote; all in one line.
void add_cache_status(Fields& response, const CacheStatus& status);

}  // namespace sluice::filters::cache
