// Cache-Control (RFC 9111 §5.2) and the fields that stand in for it at a gateway (RFC 9213), read into a
// plain struct in one pass, without allocation. Lists stay views into the fields.
//
//   auto asks = request_directives(request.fields);
//   auto says = response_directives(response.fields);        // of the field that counts, says.source
//   if (says.no_store && !says.must_understand) ...
//
// Lenient as the RFC allows and careful where it does not say: names in any case; numbers quoted too; of a
// number that is given twice the first counts; one that is missing, negative or no number is 0, which for
// every directive is the careful end; 2^31 and above is `forever`. A directive that forbids is heard in any
// spelling (`no-store=x`). Members that nobody knows, empty members and white space are skipped.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::http {

struct CacheControl {
  using Seconds = std::chrono::seconds;
  static constexpr Seconds forever{0x80000000LL};  // RFC 9111 §1.2.2

  // Which field it was read from. `none`: there is no such field, or nothing in it.
  enum class Source : std::uint8_t { none, cache_control, cdn_cache_control, surrogate_control };
  Source source = Source::none;

  bool no_store = false;
  bool no_cache = false;  // without a list of fields
  bool no_transform = false;
  bool only_if_cached = false;  // requests only
  bool must_revalidate = false;
  bool must_understand = false;
  bool proxy_revalidate = false;
  bool is_private = false;  // without a list of fields
  bool is_public = false;
  bool immutable = false;  // RFC 8246

  std::optional<Seconds> max_age;
  std::optional<Seconds> s_maxage;
  std::optional<Seconds> min_fresh;               // requests only
  std::optional<Seconds> max_stale;               // requests only; `forever` without a number
  std::optional<Seconds> stale_while_revalidate;  // RFC 5861 §3
  std::optional<Seconds> stale_if_error;          // RFC 5861 §4

  std::string_view no_cache_fields;  // of no-cache="a, b": the names, separated by commas
  std::string_view private_fields;   // of private="a, b"

  // Made by the gateway's own field (RFC 9213), so that Cache-Control and Expires do not count here.
  bool targeted() const noexcept {
    return source == Source::cdn_cache_control || source == Source::surrogate_control;
  }
};

// What the client says: Cache-Control, all lines; where there is none, Pragma: no-cache (RFC 9111 §5.4).
CacheControl request_directives(const Fields& request) noexcept;

// What the origin says to this cache: the first that is there, valid and not empty of CDN-Cache-Control,
// Surrogate-Control and Cache-Control (RFC 9213 §2.2).
CacheControl response_directives(const Fields& response) noexcept;

// One field, all of its lines. As Cache-Control is read:
CacheControl read_directives(const Fields& fields, FieldId id) noexcept;
// As a dictionary of structured values (RFC 9213 §2.1, RFC 8941 §3.2): where its text is malformed or a
// known directive has a value of another type, the whole field is ignored, and the source is `none`.
CacheControl read_targeted_directives(const Fields& fields, FieldId id) noexcept;

// A number of seconds (RFC 9111 §1.2.2): digits alone. Empty: anything else.
std::optional<CacheControl::Seconds> read_seconds(std::string_view text) noexcept;

// Whether a list as in `no_cache_fields` names the field, in any case of letters.
bool names_field(std::string_view list, std::string_view name) noexcept;

}  // namespace sluice::http
