#include "filters/client_cert/xfcc.hpp"

#include <algorithm>

namespace sluice::filters::client_cert {
namespace {

bool needs_quotes(std::string_view value) noexcept {
  return value.find_first_of(",;=\"\\ ") != value.npos;
}

class Element {
 public:
  explicit Element(char* to) noexcept : start_(to), end_(to) {}

  void pair(std::string_view key, std::string_view value, bool quoted = false) noexcept {
    if (end_ != start_) *end_++ = ';';
    copy(key);
    *end_++ = '=';
    if (quoted || needs_quotes(value))
      quote(value);
    else
      copy(value);
  }
  std::string_view text() const noexcept { return {start_, static_cast<std::size_t>(end_ - start_)}; }

 private:
  void copy(std::string_view s) noexcept { end_ = std::copy(s.begin(), s.end(), end_); }
  void quote(std::string_view value) noexcept {
    *end_++ = '"';
    for (char c : value) {
      if (c == '"' || c == '\\') *end_++ = '\\';
      *end_++ = c;
    }
    *end_++ = '"';
  }

  char* start_;
  char* end_;
};

// With every byte of a value escaped, and as much around it as a pair may have.
std::size_t room_for(std::string_view value) noexcept {
  return 2 * value.size() + 16;
}

std::size_t room_for(const ClientCertificate& c) noexcept {
  auto room = room_for(c.shown_to) + room_for(c.sha256) + room_for(c.subject);
  for (auto& uri : c.uris) room += room_for(uri);
  for (auto& name : c.dns) room += room_for(name);
  return room;
}

}  // namespace

std::string_view xfcc(const ClientCertificate& c, Arena& arena) {
  Element element(arena.bytes(room_for(c)));
  if (!c.shown_to.empty()) element.pair("By", c.shown_to);
  element.pair("Hash", c.sha256);
  element.pair("Subject", c.subject, true);
  for (auto& uri : c.uris) element.pair("URI", uri);
  for (auto& name : c.dns) element.pair("DNS", name);
  return element.text();
}

}  // namespace sluice::filters::client_cert
