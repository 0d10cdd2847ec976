#include "server/filters.hpp"

#include <vector>

#include "filters/api_key/api_key.hpp"
#include "filters/basic_auth/basic_auth.hpp"
#include "filters/cache/cache.hpp"
#include "filters/client_cert/client_cert.hpp"
#include "filters/compress/compress.hpp"
#include "filters/concurrency/concurrency.hpp"
#include "filters/cors/cors.hpp"
#include "filters/headers/headers.hpp"
#include "filters/ip/ip.hpp"
#include "filters/jwt/jwt.hpp"
#include "filters/rate_limit/rate_limit.hpp"
#include "filters/require/require.hpp"
#include "filters/security/security.hpp"
#include "filters/validate/validate.hpp"

namespace sluice::server {

std::span<const FilterKind> filter_kinds() {
  static const std::vector<FilterKind> kinds = {
      filters::ip::ip_filter(),
      filters::cors::cors_filter(),
      filters::security::security_filter(),
      filters::jwt::jwt_filter(),
      filters::api_key::api_key_filter(),
      filters::basic_auth::basic_auth_filter(),
      filters::client_cert::client_cert_filter(),
      filters::require::require_filter(),
      filters::validate::validate_filter(),
      filters::rate_limit::rate_limit_filter(),
      filters::concurrency::concurrency_filter(),
      filters::headers::headers_filter(),
      filters::cache::cache_filter(),
      filters::compress::compress_filter(),
  };
  return kinds;
}

std::span<const FilterSchema> filter_schemas() {
  static const auto schemas = [] {
    std::vector<FilterSchema> all;
    for (auto& kind : filter_kinds()) all.push_back(kind.schema);
    return all;
  }();
  return schemas;
}

const FilterKind* find_filter(std::span<const FilterKind> kinds, std::string_view name) noexcept {
  for (auto& kind : kinds)
    if (kind.schema.name == name) return &kind;
  return nullptr;
}

}  // namespace sluice::server
