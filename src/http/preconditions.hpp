// Conditional requests (RFC 9110 §13), answered from what is known of a representation.
//
//   Validators held = validators_of(response.fields, now);
//   switch (evaluate(request, held, now)) {
//     case Precondition::not_modified: ...      // 304, for GET and HEAD
//     case Precondition::failed: ...            // 412
//     case Precondition::holds: ...             // as if no condition was there
//   }
//   if (!range_applies(request.fields, held, now)) ...     // If-Range: the whole is wanted
#pragma once
#include <optional>

#include "http/entity_tag.hpp"
#include "sluice/clock.hpp"
#include "sluice/http.hpp"

namespace sluice::http {

struct Validators {
  std::optional<EntityTag> tag;
  std::optional<WallPoint> modified;  // Last-Modified
  std::optional<WallPoint> date;      // Date, or when it was received where that cannot be read

  // RFC 9110 §8.8.2.2: a date that is at least a second older than the answer cannot have missed a change.
  bool modified_is_strong() const noexcept;
};

// `received` is when the answer came, and settles the century of RFC 850 dates.
Validators validators_of(const Fields& response, WallPoint received) noexcept;

enum class Precondition : std::uint8_t { holds, not_modified, failed };

// In the order of RFC 9110 §13.2.2, for a representation that exists: If-Match, else If-Unmodified-Since;
// then If-None-Match, else If-Modified-Since, which only GET and HEAD hear. A date that cannot be read is no
// condition. Where there is no Last-Modified, If-Modified-Since is compared with Date (RFC 9111 §4.3.2).
Precondition evaluate(const Request& request, const Validators& held, WallPoint now) noexcept;

// The same without If-Match and If-Unmodified-Since: what a cache may answer by itself (RFC 9111 §4.3.2; the
// two are for the origin, RFC 9110 §13.1.1).
Precondition evaluate_for_cache(const Request& request, const Validators& held, WallPoint now) noexcept;

// If-Range (RFC 9110 §13.1.5): absent, or a strong tag that is the same, or the date of a strong
// Last-Modified to the second.
bool range_applies(const Fields& request, const Validators& held, WallPoint now) noexcept;

// Conditions that only the origin can judge: a request that has one goes past a cache.
bool has_origin_condition(const Fields& request) noexcept;

}  // namespace sluice::http
