// The body of a local reply: application/problem+json (RFC 9457).
//
//   std::string body = problem_body({404, "no route matches", request_id});
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::http {

inline constexpr std::string_view problem_type = "application/problem+json";

struct Problem {
  std::uint16_t status = 500;
  std::string_view detail;      // for people, no internals; empty: left out
  std::string_view request_id;  // a UUID: "instance": "urn:uuid:..."; empty: left out
  std::string_view extension;   // further members as JSON text without braces, `"errors":[...]`; or empty
};

std::string problem_body(const Problem& problem);

// Appends `text` to `to` as the inside of a JSON string: quotes, backslashes and controls escaped, bytes that
// are no UTF-8 replaced by U+FFFD.
void append_json_escaped(std::string& to, std::string_view text);

}  // namespace sluice::http
