#include "server/admin/path.hpp"

#include "http/chars.hpp"

namespace sluice::server {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !http::is_hex(text[i + 1]) || !http::is_hex(text[i + 2])) return std::nullopt;
    plain += static_cast<char>(http::hex_value(text[i + 1]) << 4 | http::hex_value(text[i + 2]));
    i += 2;
  }
  return plain;
}

// Cuts the next segment off, with the slash before it.
std::string_view next_segment(std::string_view& path) {
  auto end = std::min(path.find('/', 1), path.size());
  auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

}  // namespace

std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  std::vector<std::string> names;
  while (!pattern.empty() && !path.empty()) {
    auto wanted = next_segment(pattern), found = next_segment(path);
    if (wanted != "/{}") {
      if (wanted != found) return std::nullopt;
      continue;
    }
    auto name = decode(found.substr(1));
    if (!name || name->empty()) return std::nullopt;
    names.push_back(std::move(*name));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return names;
}

}  // namespace sluice::server
