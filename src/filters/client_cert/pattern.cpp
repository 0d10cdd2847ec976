#include "filters/client_cert/pattern.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::client_cert {
namespace {

std::string lower(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), [](char c) { return http::lower(c); });
  return copy;
}

bool has_asterisk(std::string_view text) noexcept {
  return text.find('*') != text.npos;
}

// Behind "scheme://authority": else a pattern would match authorities that begin like the one that was meant.
bool ends_inside_a_path(std::string_view prefix) noexcept {
  auto authority = prefix.find("://");
  if (authority == prefix.npos || authority == 0) return false;
  auto path = prefix.find('/', authority + 3);
  return path != prefix.npos && path > authority + 3 && prefix.ends_with('/');
}

// A path may lead back up, whatever it begins with.
bool climbs(std::string_view path) noexcept {
  return path.find("..") != path.npos || path.find('%') != path.npos;
}

}  // namespace

std::optional<Pattern> Pattern::parse(std::string_view text, Name name) {
  if (text.empty()) return std::nullopt;
  Pattern pattern;
  pattern.text_ = name == Name::san_dns || name == Name::sha256 ? lower(text) : std::string(text);
  if (!has_asterisk(text)) return pattern;
  if (name == Name::san_dns && text.starts_with("*.") && text.size() > 2 && !has_asterisk(text.substr(1))) {
    pattern.kind_ = Kind::one_label;
    pattern.text_.erase(0, 1);
    return pattern;
  }
  auto prefix = text.substr(0, text.size() - 1);
  if (name != Name::san_uri || !text.ends_with('*') || has_asterisk(prefix) || !ends_inside_a_path(prefix))
    return std::nullopt;
  pattern.kind_ = Kind::below;
  pattern.text_.pop_back();
  return pattern;
}

bool Pattern::matches(std::string_view name) const noexcept {
  if (kind_ == Kind::exact) return name == text_;
  if (kind_ == Kind::below)
    return name.size() > text_.size() && name.starts_with(text_) && !climbs(name.substr(text_.size()));
  return name.size() > text_.size() && name.ends_with(text_) && name.find('.') == name.size() - text_.size();
}

}  // namespace sluice::filters::client_cert
