// Which requests a stored response is an answer to, where it says Vary (RFC 9111 §4.1, RFC 9110 §12.5.5).
//
//   Vary vary = read_vary(response.status, response.fields);
//   if (vary.kind == Vary::Kind::any) ...                          // never matches: not stored
//   std::string variant = variant_of(vary, request.fields);        // stored beside the response
//   if (same_variant(variant, request.fields)) ...                 // at each lookup; allocates nothing
//
// Values are compared in a normal form: lines of one name are one list, without white space about its commas.
// Accept-Encoding becomes the set of codings that are acceptable; Accept-Language is in lower case and in the
// order of its weights. All else is compared to the letter.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::filters::cache {

struct Vary {
  static constexpr std::size_t max_names = 16;

  enum class Kind : std::uint8_t {
    none,    // the answer is the same for all requests
    fields,  // it depends on these
    any      // `*`, a name that cannot be one, or more than max_names: it depends on anything
  };
  Kind kind = Kind::none;
  std::uint8_t count = 0;
  std::array<std::string_view, max_names> all;  // views into the response's fields; no name twice

  std::span<const std::string_view> names() const noexcept { return {all.data(), count}; }
};

// All lines of Vary together.
Vary read_vary(const Fields& response) noexcept;
// A part (206) also depends on Range, whatever they say.
Vary read_vary(std::uint16_t status, const Fields& response) noexcept;

// The names and the request's values in normal form, as one text. Empty where Vary says nothing.
std::string variant_of(const Vary& vary, const Fields& request);

// What a stored response is, by which it may answer requests that only nearly have its values.
struct Nature {
  std::string_view content_language;
  std::string_view content_range;       // of a part
  std::uint64_t size = unknown_length;  // of its body
};

// Whether a request has the values of a stored variant. Where Accept-Language differs, it is also met by a
// response in the one language that the request likes best; where Range differs, by a part that holds it. A
// request with If-Range is not met by parts.
bool same_variant(std::string_view variant, const Fields& request, const Nature& stored = {}) noexcept;

// Whether an answer without content leaves the stored one for those requests that it was stored for: it says
// nothing of Vary, or names the same fields in any order.
bool keeps_vary(const Fields& answer, const Fields& stored) noexcept;

}  // namespace sluice::filters::cache
