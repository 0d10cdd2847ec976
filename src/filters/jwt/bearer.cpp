#include "filters/jwt/bearer.hpp"

#include "http/chars.hpp"
#include "http/credentials.hpp"
#include "http/words.hpp"

namespace sluice::filters::jwt {
namespace {

// `Bearer`, one space or more, the token (RFC 6750 §2.1). Credentials of another scheme are not ours; two
// fields are never right.
Found from_authorization(const Fields& fields) {
  constexpr std::size_t scheme = 6;
  auto [value, count] = http::find_field(fields, FieldId::authorization);
  if (value.empty()) return {};
  if (count > 1) return {{}, Fault::ambiguous};
  if (!http::same<"bearer">(value.substr(0, scheme))) return {};
  auto rest = value.substr(scheme);
  if (!rest.empty() && rest.front() != ' ') return {};
  auto token = http::trim(rest);
  if (token.empty()) return {{}, Fault::ambiguous};
  return {token, {}};
}

Found from(const http::Shown& shown) {
  if (shown.count > 1) return {{}, Fault::ambiguous};
  return {shown.value, {}};
}

Found from(const Place& place, const Request& request) {
  if (place.cookie) return from(http::find_cookie(request.fields, *place.cookie));
  if (place.query) return from(http::find_parameter(request.query, *place.query, request.fields.arena()));
  return from_authorization(request.fields);
}

}  // namespace

Found find_token(const Request& request, std::span<const Place> places) {
  Found one;
  for (auto& place : places) {
    auto found = from(place, request);
    if (found.fault) return found;
    if (found.token.empty() || found.token == one.token) continue;
    if (!one.token.empty()) return {{}, Fault::ambiguous};
    one = found;
  }
  if (one.token.empty()) one.fault = Fault::missing;
  return one;
}

bool is_one_token(std::string_view text) noexcept {
  auto has = [text](char c) { return text.find(c) != text.npos; };
  return !has(' ') && !has('\t') && !has(',');
}

void take_tokens(Request& request, std::span<const Place> places) {
  for (auto& place : places) {
    if (place.cookie) http::take_cookie(request.fields, *place.cookie);
    if (place.query) http::take_parameter(request, *place.query);
  }
}

}  // namespace sluice::filters::jwt
