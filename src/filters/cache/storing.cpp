#include "filters/cache/storing.hpp"

#include <algorithm>
#include <iterator>

#include "filters/cache/vary.hpp"
#include "http/byte_range.hpp"
#include "http/chars.hpp"
#include "http/date.hpp"
#include "http/entity_tag.hpp"
#include "http/reference.hpp"
#include "http/words.hpp"

namespace sluice::filters::cache {
namespace {

using http::CacheControl;

bool given_by_origin(const Freshness& f) noexcept {
  return f.is_explicit() && f.basis != Freshness::Basis::configured;
}

bool names_own_target(const Request& request, const Response& response) {
  auto named = http::resolve_in_origin(request, response.fields.get(FieldId::content_location));
  return named && named->path == request.path && named->query == request.query &&
         named->has_query == request.has_query;
}

bool is_stored_method(const Request& request, const Response& response, const Freshness& f) {
  if (request.method == Method::get) return true;
  return request.method == Method::post && given_by_origin(f) && names_own_target(request, response);
}

// Whether the same range would be answered with the same part.
bool is_plain_part(const Request& request, const Response& response) noexcept {
  auto range = request.fields.get(FieldId::range);
  bool one = request.fields.count(FieldId::range) == 1 && range.find(',') == range.npos;
  return one && http::same<"bytes=">(range.substr(0, 6)) && !request.fields.has(FieldId::if_range) &&
         http::read_content_range(response.fields.get(FieldId::content_range)).has_value();
}

// Answers to a condition or a range of this one request say nothing about the resource as a whole.
constexpr bool depends_on_conditions(std::uint16_t status) noexcept {
  return status == 304 || status == 412 || status == 416;
}

bool forbids(const CacheControl& says, std::uint16_t status) noexcept {
  return says.no_store && !(says.must_understand && is_understood(status));
}

bool may_share(const Request& request, const CacheControl& says, const StoringRules& rules) noexcept {
  if (!request.fields.has(FieldId::authorization)) return true;
  return rules.shared || rules.by_principal || says.must_revalidate || is_for_everybody(says);
}

bool brings_cookie(const Fields& response, const CacheControl& says) noexcept {
  return response.has(FieldId::set_cookie) && !http::names_field(says.no_cache_fields, "set-cookie") &&
         !http::names_field(says.private_fields, "set-cookie");
}

bool is_cacheable(std::uint16_t status, const CacheControl& says, const Freshness& f) noexcept {
  return f.is_explicit() || says.is_public || is_heuristically_cacheable(status);
}

bool can_be_validated(const Fields& response) noexcept {
  return response.has(FieldId::etag) || response.has(FieldId::last_modified);
}

bool is_of_use(const Fields& response, const Freshness& f) noexcept {
  if (can_be_validated(response)) return true;
  if (f.must_validate) return false;
  auto longest = f.lifetime + std::max(f.stale_while_revalidate, f.stale_if_error);
  return longest > f.initial_age;
}

bool has_same(const Fields& a, const Fields& b, FieldId id) noexcept {
  return !a.has(id) || !b.has(id) || a.get(id) == b.get(id);
}

}  // namespace

const char* why_not_stored(const Request& request, const CacheControl& asks, const Response& response,
                           const CacheControl& says, const Freshness& f, const StoringRules& rules) {
  auto status = response.status;
  if (!is_stored_method(request, response, f)) return "method";
  if (asks.no_store) return "request-no-store";
  if (status == 206 && !(rules.parts && is_plain_part(request, response))) return "partial";
  if (status < 200 || depends_on_conditions(status)) return "status";
  if (forbids(says, status)) return "no-store";
  if (says.must_understand && !is_understood(status)) return "not-understood";
  if (says.is_private) return "private";
  if (!may_share(request, says, rules)) return "authorization";
  if (read_vary(status, response.fields).kind == Vary::Kind::any) return "vary";
  if (brings_cookie(response.fields, says) && !(rules.cookies && given_by_origin(f))) return "set-cookie";
  if (!is_cacheable(status, says, f) || !is_of_use(response.fields, f)) return "no-freshness";
  return nullptr;
}

bool is_for_everybody(const CacheControl& says) noexcept {
  return says.is_public || says.s_maxage.has_value();
}

bool is_understood(std::uint16_t status) noexcept {
  constexpr std::uint16_t known[] = {200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400, 401,
                                     402, 403, 404, 405, 406, 408, 409, 410, 411, 413, 414, 415, 417, 421,
                                     422, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 511};
  return std::ranges::binary_search(known, status);
}

bool is_stored_field(const Field& field, const CacheControl& says) noexcept {
  switch (field.id) {
    case FieldId::age:
    case FieldId::connection:
    case FieldId::content_length:
    case FieldId::keep_alive:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
      return false;
    default:
      break;
  }
  return !http::same<"proxy-authentication-info">(field.name) &&
         !http::names_field(says.no_cache_fields, field.name) &&
         !http::names_field(says.private_fields, field.name);
}

bool is_updated_field(const Field& field, const CacheControl& says) noexcept {
  switch (field.id) {
    case FieldId::content_encoding:
    case FieldId::content_range:
    case FieldId::vary:
      return false;
    default:
      return is_stored_field(field, says);
  }
}

void update_stored_fields(Fields& stored, const Fields& fresh, const CacheControl& says) {
  bool takes_cookies = stored.has(FieldId::set_cookie);
  auto updates = [&](const Field& f) {
    return is_updated_field(f, says) && (f.id != FieldId::set_cookie || takes_cookies);
  };
  for (auto& f : fresh)
    if (updates(f)) stored.remove(f.name);
  for (auto& f : fresh)
    if (updates(f)) stored.add(f.id, f.name, f.value);
}

bool selects(const Fields& not_modified, const Fields& stored, WallPoint now) noexcept {
  if (auto tag = http::read_entity_tag(not_modified.get(FieldId::etag))) {
    auto held = http::read_entity_tag(stored.get(FieldId::etag));
    return held && (tag->weak ? http::weakly_equal : http::strongly_equal)(*tag, *held);
  }
  auto modified = http::parse_date(not_modified.get(FieldId::last_modified), now);
  return !modified || modified == http::parse_date(stored.get(FieldId::last_modified), now);
}

bool head_agrees(const Response& head, const Fields& stored, std::uint64_t length) noexcept {
  if (head.length != unknown_length && head.length != length) return false;
  return has_same(head.fields, stored, FieldId::etag) &&
         has_same(head.fields, stored, FieldId::last_modified);
}

}  // namespace sluice::filters::cache
