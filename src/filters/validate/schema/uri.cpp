#include "filters/validate/schema/uri.hpp"

#include <algorithm>

namespace sluice::filters::validate {
namespace {

// RFC 3986, appendix B. Each part keeps the sign that it begins with, so that "a?" is not "a".
struct Parts {
  std::string scheme, authority, path, query, fragment;

  explicit Parts(std::string_view s) {
    auto cut_from = [&s](std::string_view signs) {
      auto at = std::min(s.find_first_of(signs), s.size());
      auto tail = std::string(s.substr(at));
      s = s.substr(0, at);
      return tail;
    };
    fragment = cut_from("#");
    query = cut_from("?");
    auto colon = s.find_first_of(":/");
    if (colon != s.npos && s[colon] == ':') {
      scheme = s.substr(0, colon + 1);
      s.remove_prefix(colon + 1);
    }
    if (s.starts_with("//")) {
      auto end = std::min(s.find('/', 2), s.size());
      authority = s.substr(0, end);
      s.remove_prefix(end);
    }
    path = s;
  }
  std::string text() const { return scheme + authority + path + query + fragment; }
};

// RFC 3986 §5.2.4.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    auto slash = std::min(path.find('/', 1), path.size());
    auto segment = path.substr(0, slash);
    path.remove_prefix(slash);
    bool up = segment == "/..", here = segment == "/.";
    if (up) out.erase(std::min(out.rfind('/'), out.size()));
    if (up || here)
      out += path.empty() ? "/" : "";
    else
      out += segment;
  }
  return out;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decoded(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    bool escape = s[i] == '%' && i + 2 < s.size() && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0;
    out += escape ? static_cast<char>(hex(s[i + 1]) * 16 + hex(s[i + 2])) : s[i];
    if (escape) i += 2;
  }
  return out;
}

}  // namespace

std::string resolve(std::string_view base_text, std::string_view reference) {
  Parts base(base_text), to(reference);
  if (!to.scheme.empty()) return std::string(reference);
  to.scheme = base.scheme;
  if (!to.authority.empty()) return to.text();
  to.authority = base.authority;
  if (to.path.empty()) {
    to.path = base.path;
    if (to.query.empty()) to.query = base.query;
  } else if (!to.path.starts_with('/')) {
    auto folder = base.path.substr(0, base.path.rfind('/') + 1);
    if (folder.empty() && !base.authority.empty()) folder = "/";
    to.path = without_dots(folder + to.path);
  } else {
    to.path = without_dots(to.path);
  }
  return to.text();
}

Reference cut_fragment(std::string_view uri) {
  auto hash = uri.find('#');
  if (hash == uri.npos) return {uri, "", false};
  return {uri.substr(0, hash), decoded(uri.substr(hash + 1)), true};
}

std::string file_uri(const std::filesystem::path& path) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out = "file://";
  for (char c : std::filesystem::absolute(path).lexically_normal().string()) {
    bool plain = c > ' ' && c < 0x7f && std::string_view("%#?\"<>\\^`{|}").find(c) == std::string_view::npos;
    auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return out;
}

std::optional<std::filesystem::path> path_of(std::string_view uri) {
  constexpr std::string_view scheme = "file://";
  if (!uri.starts_with(scheme) || !uri.substr(scheme.size()).starts_with('/')) return std::nullopt;
  return decoded(uri.substr(scheme.size()));
}

}  // namespace sluice::filters::validate
