#include "server/admin/guard.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "http/authority.hpp"

namespace sluice::server {
namespace {

constexpr AdminGuard::Refusal wrong_host{403, "the Host of the request is not one of admin.hosts"};
constexpr AdminGuard::Refusal cross_origin{403, "requests with an Origin are refused"};
constexpr AdminGuard::Refusal no_token{401, "the token is missing or wrong"};

bool is_probe(std::string_view path) noexcept {
  return path == "/healthz" || path == "/readyz";
}

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest digest(std::string_view text) noexcept {
  Digest d;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), d.data());
  return d;
}

}  // namespace

AdminGuard::AdminGuard(const config::Admin& admin)
    : needs_token_(!admin.bind.is_loopback()), token_(admin.token.value_or("")) {
  Arena arena;
  for (auto& host : admin.hosts) {
    auto parsed = http::parse_authority(host, arena);
    hosts_.emplace_back(parsed ? parsed->host : std::string_view(host));
  }
}

std::optional<AdminGuard::Refusal> AdminGuard::judge(const AdminRequest& request) const {
  if (!names_us(request.host)) return wrong_host;
  if (request.has_origin) return cross_origin;
  if (needs_token_ && !is_probe(request.path) && !has_token(request)) return no_token;
  return std::nullopt;
}

bool AdminGuard::names_us(std::string_view host) const {
  Arena arena;
  auto parsed = http::parse_authority(host, arena);
  return parsed && std::find(hosts_.begin(), hosts_.end(), parsed->host) != hosts_.end();
}

// Digests, so that the time tells neither how much of the token was right nor how long it is.
bool AdminGuard::has_token(const AdminRequest& request) const noexcept {
  constexpr std::string_view scheme = "Bearer ";
  std::string_view authorization = request.authorization;
  if (token_.empty() || !authorization.starts_with(scheme)) return false;
  auto given = digest(authorization.substr(scheme.size()));
  auto wanted = digest(token_);
  return CRYPTO_memcmp(given.data(), wanted.data(), given.size()) == 0;
}

}  // namespace sluice::server
