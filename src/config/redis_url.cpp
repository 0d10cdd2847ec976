#include "config/redis_url.hpp"

namespace sluice::config {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned char byte = 0;
    auto* digits = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
      return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool take_user(std::string_view text, RedisUrl& url) {
  auto colon = text.find(':');
  if (colon == text.npos) return false;
  auto user = percent_decoded(text.substr(0, colon));
  auto password = percent_decoded(text.substr(colon + 1));
  if (!user || !password || password->empty()) return false;
  url.user = std::move(*user);
  url.password = std::move(*password);
  return true;
}

bool take_database(std::string_view text, RedisUrl& url) {
  if (text.empty()) return true;
  auto number = Scalar<std::uint32_t>::parse(text);
  url.database = number.value_or(0);
  return number.has_value();
}

bool take_address(std::string_view text, RedisUrl& url) {
  constexpr std::string_view default_port = ":6379";
  bool has_port = text.substr(text.rfind(']') + 1).find(':') != text.npos;
  auto address = Scalar<Address>::parse(std::string(text) + std::string(has_port ? "" : default_port));
  if (!address || address->is_unix() || address->host.empty() || address->port == 0) return false;
  url.address = std::move(*address);
  return true;
}

std::optional<RedisUrl> parse_tcp(std::string_view rest, bool tls) {
  RedisUrl url;
  url.tls = tls;
  if (auto at = rest.rfind('@'); at != rest.npos) {
    if (!take_user(rest.substr(0, at), url)) return std::nullopt;
    rest.remove_prefix(at + 1);
  }
  auto slash = rest.find('/');
  if (slash != rest.npos && !take_database(rest.substr(slash + 1), url)) return std::nullopt;
  if (!take_address(rest.substr(0, slash), url)) return std::nullopt;
  return url;
}

}  // namespace
}  // namespace sluice::config

namespace sluice {

using config::RedisUrl;

std::optional<RedisUrl> Scalar<RedisUrl>::parse(std::string_view text) {
  if (text.starts_with("redis://")) return config::parse_tcp(text.substr(8), false);
  if (text.starts_with("rediss://")) return config::parse_tcp(text.substr(9), true);
  auto address = text.starts_with("unix:") ? Scalar<config::Address>::parse(text) : std::nullopt;
  if (!address) return std::nullopt;
  RedisUrl url;
  url.address = std::move(*address);
  return url;
}

std::string Scalar<RedisUrl>::print(const RedisUrl& v) {
  if (v.address.is_unix()) return v.address.to_string();
  return (v.tls ? "rediss://" : "redis://") + v.address.to_string() + '/' + std::to_string(v.database);
}

}  // namespace sluice
