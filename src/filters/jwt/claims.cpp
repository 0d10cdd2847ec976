#include "filters/jwt/claims.hpp"

#include <algorithm>
#include <cmath>

#include "filters/jwt/base64url.hpp"
#include "filters/jwt/claims_table.hpp"

namespace sluice::filters::jwt {
namespace {

using json::Kind;
using json::Node;

constexpr json::Limits payload_limits = {.depth = 16, .members = 1000, .string = 64 * 1024};
constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999

std::optional<Moment> read_time(const Node& number) {
  double seconds = -1;
  if (number.is(Kind::integer)) seconds = static_cast<double>(number.mantissa);
  if (number.is(Kind::decimal))
    seconds = static_cast<double>(number.mantissa) * std::pow(10.0, number.exponent());
  if (!(seconds >= 0 && seconds <= static_cast<double>(last_second))) return std::nullopt;
  return Moment(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

// False: the claim is there and no time. Where it is absent, `when` stays as it is.
bool read_time(const Node& payload, std::string_view name, std::optional<Moment>& when) {
  auto* member = payload.find(name);
  return !member || (when = read_time(*member));
}

std::optional<Fault> judge_times(const Node& payload, const Settings& settings, Moment now,
                                 Validity& validity) {
  std::optional<Moment> exp, nbf, iat;
  if (!read_time(payload, "exp", exp) || !read_time(payload, "nbf", nbf) || !read_time(payload, "iat", iat))
    return Fault::claims;
  auto leeway = std::chrono::duration_cast<std::chrono::milliseconds>(settings.leeway);
  if (exp) validity.until = *exp + leeway;
  for (auto& start : {nbf, iat})
    if (start) validity.from = std::max(validity.from, *start - leeway);
  if (now >= validity.until) return Fault::expired;
  if (now < validity.from) return Fault::early;
  return std::nullopt;
}

bool is_text_if_there(const Node& payload, std::string_view name) {
  auto* member = payload.find(name);
  return !member || member->is(Kind::string);
}

bool has_text(const std::vector<std::string>& texts, const Node& node) {
  return node.is(Kind::string) && std::ranges::count(texts, node.text()) > 0;
}

// A text, or an array of texts (RFC 7519 §4.1.3).
std::optional<Fault> judge_audience(const Node& payload, const std::vector<std::string>& wanted) {
  auto* aud = payload.find("aud");
  if (aud && !aud->is(Kind::string) && !aud->is(Kind::array)) return Fault::claims;
  bool is_ours = aud && has_text(wanted, *aud);
  if (aud && aud->is(Kind::array))
    for (auto* one = aud->first(); one != aud->end(); one = one->next()) {
      if (!one->is(Kind::string)) return Fault::claims;
      is_ours |= has_text(wanted, *one);
    }
  if (!wanted.empty() && !is_ours) return Fault::audience;
  return std::nullopt;
}

std::optional<Fault> judge_names(const Node& payload, const Settings& settings) {
  if (!is_text_if_there(payload, "iss") || !is_text_if_there(payload, "sub")) return Fault::claims;
  auto* iss = payload.find("iss");
  if (settings.issuer && (!iss || iss->text() != *settings.issuer)) return Fault::issuer;
  return judge_audience(payload, settings.audience);
}

// A value of that path which is not empty, or something below it.
bool has_claim(const Claims& claims, const std::string& path) {
  auto values = claims.all(path);
  if (std::ranges::any_of(values, [](auto& claim) { return !claim.value.empty(); })) return true;
  return std::ranges::any_of(claims.entries(),
                             [below = path + '.'](auto& claim) { return claim.path.starts_with(below); });
}

void split_at_spaces(std::string_view text, std::vector<std::string>& words) {
  for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
  }
}

std::vector<std::string> scopes_of(const Claims& claims, const std::string& path) {
  auto values = claims.all(path);
  if (values.empty() && path == "scope") values = claims.all("scp");
  std::vector<std::string> scopes;
  for (auto& claim : values) split_at_spaces(claim.value, scopes);
  return scopes;
}

std::vector<std::string> roles_of(const Claims& claims, const std::string& path) {
  std::vector<std::string> roles;
  for (auto& claim : claims.all(path)) roles.push_back(claim.value);
  return roles;
}

}  // namespace

std::optional<Fault> read_claims(std::string_view coded_payload, const Settings& settings, Moment now,
                                 json::Document& scratch, Reading& reading) {
  auto text = decode_base64url(coded_payload);
  if (!text || scratch.read(*text, payload_limits)) return Fault::malformed;
  auto& payload = scratch.root();
  if (!payload.is(Kind::object)) return Fault::malformed;
  if (auto fault = judge_times(payload, settings, now, reading.validity)) return fault;
  if (auto fault = judge_names(payload, settings)) return fault;
  auto claims = flatten(payload);
  if (!claims) return Fault::malformed;
  for (auto& path : settings.require_claims)
    if (!has_claim(*claims, path)) return Fault::claims;
  reading.scopes = scopes_of(*claims, settings.scope_claim);
  reading.roles = roles_of(*claims, settings.role_claim);
  reading.claims = std::move(*claims);
  return std::nullopt;
}

}  // namespace sluice::filters::jwt
