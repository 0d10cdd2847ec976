// What may be stored, and which of its fields (RFC 9111 §3).
//
//   if (auto why = why_not_stored(request, asks, response, says, freshness, rules)) return bypass(why);
//   for (auto& f : response.fields) if (is_stored_field(f, says)) head.add(f);
//   ...                                                                         // a 304 came
//   update_stored_fields(stored, answer.fields, says);
#pragma once
#include <cstdint>

#include "filters/cache/freshness.hpp"
#include "http/cache_control.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::cache {

struct StoringRules {
  bool shared = false;        // the policy says that answers are for everybody, whoever asked
  bool by_principal = false;  // the key holds who asked: nobody else will get it
  bool cookies = false;       // Set-Cookie is stored, where the origin itself said how long it is fresh
  bool parts = false;         // a part is given only to who asks for it, or for a part of it: vary.hpp
};

// Null: it may be stored. Otherwise why not, a literal for Cache-Status and metrics: "method", "no-store",
// "request-no-store", "private", "authorization", "set-cookie", "vary", "status", "partial",
// "not-understood", "no-freshness".
//
// Stored are final answers to GET (RFC 9111 §3), and to POST where they are explicitly fresh and their
// Content-Location is the request's own target (RFC 9110 §9.3.3). `must-understand` lifts `no-store` for the
// statuses known here (§5.2.2.3). An answer to a request with Authorization is for everybody where it says
// public, must-revalidate or s-maxage (§3.5), or the rules say so. One with Set-Cookie is not stored, unless
// no-cache="set-cookie" or private="set-cookie" leaves the cookie to who asked; or, by the rules, where the
// origin itself said how long it is fresh (§7.3): never by configuration or by a guess. What is neither
// fresh nor can be validated is of no use and not stored. A part (206) is stored, where the rules say so, as
// the origin's answer to one range in bytes without If-Range; it is never put together with others.
//
// That a body came whole is known at its end: whoever stores it drops what did not (§3.3).
const char* why_not_stored(const Request& request, const http::CacheControl& asks, const Response& response,
                           const http::CacheControl& says, const Freshness& freshness,
                           const StoringRules& rules = {});

// The origin says that whoever asks may have it: `public` or `s-maxage`.
bool is_for_everybody(const http::CacheControl& says) noexcept;

// Final statuses whose meaning for caches is known here.
bool is_understood(std::uint16_t status) noexcept;

// RFC 9111 §3.1: all fields but those of the connection, those between a proxy and its client, Age, which is
// reckoned anew, and those that `no-cache="..."` or `private="..."` names.
bool is_stored_field(const Field& field, const http::CacheControl& says) noexcept;

// What a 304, or an answer to HEAD, replaces in a stored response (RFC 9111 §3.2): all stored fields but
// those that say what the stored bytes are: Content-Length, Content-Encoding, Content-Range, and Vary, under
// which they are found.
bool is_updated_field(const Field& field, const http::CacheControl& says) noexcept;

// Replaces in `stored` every field that `fresh` has and that may be updated; all lines of a name by all
// lines. Names and values are not copied.
void update_stored_fields(Fields& stored, const Fields& fresh, const http::CacheControl& says);

// RFC 9111 §4.3.4: whether a 304 may be about this stored response: its strong tag is the same; else its weak
// tag; else its Last-Modified; or it names no validator at all.
bool selects(const Fields& not_modified, const Fields& stored, WallPoint now) noexcept;

// RFC 9111 §4.3.5: whether an answer to HEAD may freshen a stored answer to GET: tag, Last-Modified and
// length, where both have them, are the same. Otherwise what is stored is out of date.
bool head_agrees(const Response& head, const Fields& stored, std::uint64_t length) noexcept;

// RFC 9111 §4.4: what was stored under the target is out of date after this answer.
constexpr bool invalidates(Method method, std::uint16_t status) noexcept {
  return !is_safe(method) && status >= 200 && status < 400;
}

}  // namespace sluice::filters::cache
