#include "http/problem.hpp"

#include "http/status.hpp"

namespace sluice::http {

namespace {

unsigned char byte(std::string_view s, std::size_t i) noexcept {
  return i < s.size() ? static_cast<unsigned char>(s[i]) : 0;
}

// The size of the UTF-8 sequence at the start of `s` (RFC 3629: no overlong forms, no surrogates); 0: none.
std::size_t utf8_size(std::string_view s) noexcept {
  auto first = byte(s, 0);
  auto second = byte(s, 1);
  if (first < 0x80) return 1;
  std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(s, i) & 0xc0) != 0x80) return 0;
  bool overlong = first < 0xc2 || (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  bool beyond = first > 0xf4 || (first == 0xf4 && second > 0x8f) || (first == 0xed && second > 0x9f);
  return overlong || beyond ? 0 : size;
}

void append_control(std::string& to, unsigned char c) {
  constexpr char digits[] = "0123456789abcdef";
  to += "\\u00";
  to += digits[c >> 4];
  to += digits[c & 15];
}

}  // namespace

void append_json_escaped(std::string& to, std::string_view text) {
  while (!text.empty()) {
    auto c = byte(text, 0);
    auto size = utf8_size(text);
    if (c == '"' || c == '\\')
      (to += '\\') += static_cast<char>(c);
    else if (c < 0x20)
      append_control(to, c);
    else if (size == 0)
      to += "\\ufffd";
    else
      to += text.substr(0, size);
    text.remove_prefix(size ? size : 1);
  }
}

std::string problem_body(const Problem& problem) {
  std::string body = R"({"type":"about:blank","title":")";
  append_json_escaped(body, reason_phrase(problem.status));
  body += R"(","status":)" + std::to_string(problem.status);
  auto member = [&body](std::string_view before, std::string_view text) {
    if (text.empty()) return;
    append_json_escaped(body += before, text);
    body += '"';
  };
  member(R"(,"detail":")", problem.detail);
  member(R"(,"instance":"urn:uuid:)", problem.request_id);
  if (!problem.extension.empty()) (body += ',') += problem.extension;
  return body += '}';
}

}  // namespace sluice::http
