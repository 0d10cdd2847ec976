#include "filters/jwt/settings.hpp"

#include <algorithm>
#include <set>

#include "filters/jwt/configured_keys.hpp"
#include "filters/jwt/forwarding.hpp"
#include "http/alike.hpp"
#include "http/chars.hpp"

namespace sluice::filters::jwt {
namespace {

using namespace std::chrono_literals;

bool is_fetchable(std::string_view url, bool insecure) {
  return url.starts_with("https://") || (insecure && url.starts_with("http://"));
}
constexpr const char* only_https = "expected an https:// URL (http:// needs 'insecure: true')";

void check_key(const InlineKey& key, Faults& faults) {
  auto made = make_key(key, Algorithms::all());
  if (auto* why = std::get_if<std::string>(&made))
    faults.add(key.public_key ? "public_key" : key.secret ? "secret" : "secret_base64", *why);
}

void check_jwks(const JwksSettings& jwks, Faults& faults) {
  if (jwks.url.has_value() + jwks.file.has_value() + jwks.discover != 1)
    faults.add("", "expected exactly one of 'url', 'file' and 'discover: true'");
  if (jwks.url && !is_fetchable(*jwks.url, jwks.insecure)) faults.add("url", only_https);
  if (jwks.file && jwks.insecure) faults.add("insecure", "means nothing with 'file'");
  if (jwks.file && jwks.ca) faults.add("ca", "means nothing with 'file'");
  if (jwks.max_stale < jwks.refresh) faults.add("max_stale", "is shorter than 'refresh'");
}

void check_place(const Place& place, Faults& faults) {
  if (place.cookie && !http::is_token(*place.cookie)) faults.add("cookie", "expected a cookie's name");
  if (place.query && place.query->empty()) faults.add("query", "expected a parameter's name");
}

void check_keys(const Settings& settings, Faults& faults) {
  if (settings.keys.empty() && !settings.jwks) faults.add("", "expected 'keys' or 'jwks'");
  std::set<std::string_view> kids;
  for (auto& key : settings.keys) {
    auto made = make_key(key, settings.allowed());
    if (auto* why = std::get_if<std::string>(&made)) faults.add("keys", *why);
    if (!key.kid.empty() && !kids.insert(key.kid).second)
      faults.add("keys", "two keys have the kid '" + key.kid + '\'');
  }
}

void check_issuer(const Settings& settings, Faults& faults) {
  if (!settings.jwks || !settings.jwks->discover) return;
  if (!settings.issuer)
    faults.add("jwks", "'discover' needs an 'issuer'");
  else if (!is_fetchable(*settings.issuer, settings.jwks->insecure))
    faults.add("issuer", only_https);
}

void check_places(const Settings& settings, Faults& faults) {
  if (settings.from.empty()) faults.add("from", "expected at least one place");
}

void check_realm(const Settings& settings, Faults& faults) {
  auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (settings.realm.empty() || !std::ranges::all_of(settings.realm, plain))
    faults.add("realm", "expected printable ASCII without '\"' and '\\'");
}

void check_forwarding(const Settings& settings, Faults& faults) {
  std::vector<std::string_view> seen;
  for (auto& [path, field] : settings.forward_claims) {
    if (path.empty()) faults.add("forward_claims", "expected a claim's path, found an empty one");
    if (auto why = fault_of_field(field); !why.empty()) faults.add("forward_claims", why);
    auto same = [&](std::string_view other) { return http::alike(other, field); };
    if (std::ranges::any_of(seen, same))
      faults.add("forward_claims", "two claims go into the field '" + field + '\'');
    seen.push_back(field);
  }
}

}  // namespace

const Schema& InlineKey::schema() {
  static const Schema s =
      describe<InlineKey>("A key that tokens are verified with.")
          .member("kid", &InlineKey::kid,
                  "The key's name in tokens. Without it, it is tried for all that no other key is named by.")
          .member("alg", &InlineKey::alg,
                  "The one algorithm that it is for. Without it: all of `algorithms` that its type and size "
                  "can do.")
          .member("secret", &InlineKey::secret,
                  "Of HS256, HS384 or HS512: the text's bytes, at least as many as the hash has.",
                  sluice::secret)
          .member("secret_base64", &InlineKey::secret_base64, "The same in base64.", sluice::secret)
          .member("public_key", &InlineKey::public_key,
                  "In PEM: RSA of 2048 bits or more, EC on P-256, P-384 or P-521, Ed25519 or Ed448.")
          .exactly_one({"secret", "secret_base64", "public_key"})
          .check(check_key);
  return s;
}

const Schema& JwksSettings::schema() {
  static const Schema s =
      describe<JwksSettings>("The issuer's key set (RFC 7517).")
          .member("url", &JwksSettings::url, "Where it is fetched from, in the background.")
          .member("file", &JwksSettings::file,
                  "Where it is read from, each time that a configuration is loaded.")
          .member("discover", &JwksSettings::discover,
                  "Whether `<issuer>/.well-known/openid-configuration` is asked where it is.")
          .member("refresh", &JwksSettings::refresh, "How often it is fetched.", at_least<Duration>(1s))
          .member("max_stale", &JwksSettings::max_stale,
                  "How long the last good set serves when no newer one can be had. Then tokens are answered "
                  "with 503.",
                  at_least<Duration>(1s))
          .member(
              "unknown_kid_cooldown", &JwksSettings::unknown_kid_cooldown,
              "A token that names an unknown key has the set fetched again, but no sooner than this after "
              "the last time.",
              at_least<Duration>(1s))
          .member("insecure", &JwksSettings::insecure, "Whether it may be fetched over plain HTTP.")
          .member("ca", &JwksSettings::ca,
                  "Authorities for its server's certificate, in PEM. Without it: the system's.")
          .check(check_jwks);
  return s;
}

const Schema& Place::schema() {
  static const Schema s =
      describe<Place>("Where a token is looked for.")
          .member("field", &Place::field, "The Authorization field, with the scheme Bearer (RFC 6750).")
          .member("cookie", &Place::cookie, "The cookie of that name. It is not forwarded.")
          .member("query", &Place::query, "The query parameter of that name. It is not forwarded.")
          .exactly_one({"field", "cookie", "query"})
          .short_form("field")
          .check(check_place);
  return s;
}

const Schema& CacheSettings::schema() {
  static const Schema s =
      describe<CacheSettings>("Verified tokens that are remembered, on each worker.")
          .member("entries", &CacheSettings::entries, "How many at most.", range(1u, 1'000'000u))
          .member("size", &CacheSettings::size, "How much memory they may take.",
                  range(kibibytes(64), mebibytes(4096)))
          .short_form("entries");
  return s;
}

Algorithms Settings::allowed() const noexcept {
  if (algorithms.empty()) return Algorithms::all();
  Algorithms listed;
  for (auto a : algorithms) listed.add(a);
  return listed;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Who is calling, by a signed JSON Web Token (RFC 7519).")
          .member("issuer", &Settings::issuer, "What the token's `iss` has to be, to the letter.")
          .member("audience", &Settings::audience, "One of these has to be in the token's `aud`.")
          .member("leeway", &Settings::leeway,
                  "How far the issuer's clock may be from ours when `exp`, `nbf` and `iat` are looked at.",
                  range<Duration>(0s, 10min))
          .member("algorithms", &Settings::algorithms,
                  "What tokens may be signed with. Without it: whatever the keys are for.")
          .member("from", &Settings::from, "Where a request has its token.")
          .member("realm", &Settings::realm, "What a 401 names as protected, in `WWW-Authenticate`.")
          .member("keys", &Settings::keys, "Keys by their value.")
          .member("jwks", &Settings::jwks, "Keys as the issuer publishes them.")
          .member("require_claims", &Settings::require_claims,
                  "Claims that a token has to have, by dotted path.")
          .member("scope_claim", &Settings::scope_claim,
                  "The claim with the caller's scopes: texts, split at spaces. Where there is no `scope`, "
                  "`scp` is taken.")
          .member("role_claim", &Settings::role_claim, "The claim with the caller's roles, by dotted path.")
          .member("forward_claims", &Settings::forward_claims,
                  "Claims by dotted path, and the request's field that carries each upstream. What a client "
                  "sends in such a field is taken out.")
          .member("max_token", &Settings::max_token, "How long a token may be.",
                  range(Size{256}, kibibytes(64)))
          .member("cache", &Settings::cache, "Verified tokens that are remembered.")
          .check(check_keys)
          .check(check_issuer)
          .check(check_places)
          .check(check_realm)
          .check(check_forwarding);
  return s;
}

}  // namespace sluice::filters::jwt
