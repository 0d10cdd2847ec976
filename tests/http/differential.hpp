// Whatever our parsers accept, Beast's must frame the same way. Where Beast refuses or reads otherwise on
// purpose, the exception is listed here with its reason; anything else is a finding.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "beast_reading.hpp"
#include "http/chars.hpp"
#include "reading.hpp"

namespace sluice::http::testing {

// Empty: agreed. Else what was different.
inline std::string disagreement(const Reading& ours, const BeastReading& beast, std::string_view head) {
  // Beast reads Proxy-Connection as it reads Connection. We drop it unread: no standard gives it a meaning.
  std::string lowered(head.size(), '\0');
  std::transform(head.begin(), head.end(), lowered.begin(), lower);
  bool proxy_connection = lowered.find("\nproxy-connection:") != std::string::npos;
  if (!beast.accepted && beast.fault == "bad value" && proxy_connection) return {};
  if (!beast.accepted) return "Beast refuses: " + beast.fault;
  if (beast.head_size != head.size()) return "head size " + std::to_string(beast.head_size);
  if (beast.body != ours.body) return "body kind " + std::to_string(static_cast<int>(beast.body));
  if (beast.length != ours.length) return "body length " + std::to_string(beast.length);
  auto lines = static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n')) - 2;
  if (beast.fields.size() != lines) return "field count " + std::to_string(beast.fields.size());
  auto at = beast.fields.begin();
  for (auto& field : ours.fields) {
    at = std::find(at, beast.fields.end(), field);
    if (at == beast.fields.end()) return "field " + field.first;
    ++at;
  }
  return {};
}

// Our request parser skips up to four empty lines (RFC 9112 §2.2); Beast refuses the first.
inline std::string request_disagreement(const Reading& ours, std::string_view text) {
  auto head = text.substr(0, ours.head_size);
  while (head.starts_with("\r\n")) head.remove_prefix(2);
  return disagreement(ours, read_by_beast<true>(head), head);
}

inline std::string response_disagreement(const Reading& ours, std::string_view text, Method asked) {
  std::string head(text.substr(0, ours.head_size));
  // We accept a status line without the space before an absent reason, as nearly every client does.
  if (head[12] == '\r') head.insert(12, 1, ' ');
  bool bodiless = asked == Method::head || ours.status == 304;
  return disagreement(ours, read_by_beast<false>(head, bodiless), head);
}

}  // namespace sluice::http::testing
