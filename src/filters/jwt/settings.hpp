// The settings of the `jwt` filter.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filters/jwt/algorithm.hpp"
#include "sluice/config.hpp"

namespace sluice::filters::jwt {

// A key that stands in the configuration.
struct InlineKey {
  std::string kid;  // empty: it has none
  std::optional<Algorithm> alg;
  std::optional<std::string> secret, secret_base64, public_key;

  static const Schema& schema();
};

// A key set of an issuer's.
struct JwksSettings {
  std::optional<std::string> url;
  std::optional<std::filesystem::path> file;
  bool discover = false;
  Duration refresh = std::chrono::minutes(15);
  Duration max_stale = std::chrono::hours(24);
  Duration unknown_kid_cooldown = std::chrono::seconds(30);
  bool insecure = false;
  std::optional<std::filesystem::path> ca;

  static const Schema& schema();
};

enum class BearerField : std::uint8_t { authorization };
constexpr auto names_of(BearerField) noexcept {
  return std::array<std::string_view, 1>{"authorization"};
}

// Where a request has its token: exactly one of these.
struct Place {
  std::optional<BearerField> field;
  std::optional<std::string> cookie, query;

  static const Schema& schema();
};

// Of verified tokens, for each worker.
struct CacheSettings {
  std::uint32_t entries = 4096;
  Size size = mebibytes(16);

  static const Schema& schema();
};

struct Settings {
  std::optional<std::string> issuer;
  OneOrMany<std::string> audience;
  Duration leeway = std::chrono::seconds(30);
  std::vector<Algorithm> algorithms;
  OneOrMany<Place> from = {Place{.field = BearerField::authorization, .cookie = {}, .query = {}}};
  std::string realm = "sluice";
  std::vector<InlineKey> keys;
  std::optional<JwksSettings> jwks;
  std::vector<std::string> require_claims = {"exp", "sub"};
  std::string scope_claim = "scope";
  std::string role_claim = "roles";
  std::map<std::string, std::string> forward_claims;
  Size max_token = kibibytes(8);
  OrOff<CacheSettings> cache = CacheSettings{};

  // What keys may be used for at most: `algorithms`, or all where there is no list.
  Algorithms allowed() const noexcept;

  static const Schema& schema();
};

}  // namespace sluice::filters::jwt
