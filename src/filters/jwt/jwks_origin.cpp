#include "filters/jwt/jwks_origin.hpp"

#include <algorithm>

#include "json/document.hpp"

namespace sluice::filters::jwt {
namespace {

std::string first_url(const JwksOrigin& origin) {
  if (!origin.discover) return origin.url;
  std::string_view issuer = origin.url;
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

FetchedJwks failed(std::string fault) {
  return {nullptr, std::move(fault), {}};
}

// A body, or why there is none.
struct Page {
  std::string body, fault;
};

Task<Page> page(Fetcher& fetcher, const JwksOrigin& origin, std::string url) {
  Fetch fetch;
  fetch.url = std::move(url);
  fetch.fields = {{"Accept", "application/json, application/jwk-set+json"}};
  fetch.insecure = origin.insecure;
  fetch.ca = origin.ca;
  auto fetching = fetcher.fetch(std::move(fetch));
  auto answer = co_await fetching;
  Page got;
  if (!answer)
    got.fault = answer.error().cause;
  else if (answer->status != 200)
    got.fault = "status " + std::to_string(answer->status);
  else
    got.body = std::move(answer->body);
  co_return got;
}

// As much of what another wrote as a log line needs.
std::string cited(std::string_view text) {
  std::string plain(text.substr(0, 200));
  std::ranges::replace_if(
      plain, [](char c) { return c < ' ' || c > '~' || c == '\''; }, '?');
  return '\'' + plain + '\'';
}

// Where the set is, as the body of what was asked first.
Page jwks_uri(const std::string& text, const std::string& issuer) {
  json::Document document;
  if (document.read(text, {}) || !document.root().is(json::Kind::object))
    return {{}, "not an object in strict JSON"};
  auto member = [&](std::string_view name) {
    auto* found = document.root().find(name);
    return found && found->is(json::Kind::string) ? found->text() : std::string_view();
  };
  auto named = member("issuer"), uri = member("jwks_uri");
  if (named.empty()) return {{}, "it names no issuer"};
  if (named != issuer) return {{}, "it is of the issuer " + cited(named) + ", not " + cited(issuer)};
  if (uri.empty()) return {{}, "it has no jwks_uri"};
  return {std::string(uri), {}};
}

FetchedJwks keys_of(const std::string& body, Algorithms allowed) {
  auto parsed = parse_jwks(body, allowed, Secrets::refused);
  if (!parsed.error.empty()) return failed("the set " + parsed.error);
  if (parsed.keys.empty())
    return failed("no usable key" + (parsed.notes.empty() ? "" : ": " + parsed.notes.front()));
  return {std::make_shared<const KeySet>(std::move(parsed.keys)), {}, std::move(parsed.notes)};
}

}  // namespace

std::string JwksOrigin::name() const {
  auto first = first_url(*this);
  return first.substr(0, first.find('?'));
}

std::string JwksOrigin::identity() const {
  auto text = first_url(*this) + (discover ? " of " + url : "") + (insecure ? " insecure" : "");
  for (auto algorithm : names_of(Algorithm{}))
    if (allowed.has(*algorithm_named(algorithm))) text.append(" ").append(algorithm);
  return text + (ca ? " ca " + ca->string() : "");
}

Task<FetchedJwks> fetch_jwks(Fetcher& fetcher, const JwksOrigin& origin) {
  auto url = first_url(origin);
  if (origin.discover) {
    auto discovering = page(fetcher, origin, std::move(url));
    auto document = co_await discovering;
    if (document.fault.empty()) document = jwks_uri(document.body, origin.url);
    if (!document.fault.empty()) co_return failed("discovery: " + document.fault);
    url = std::move(document.body);
  }
  auto fetching = page(fetcher, origin, std::move(url));
  auto set = co_await fetching;
  if (!set.fault.empty()) co_return failed(std::move(set.fault));
  co_return keys_of(set.body, origin.allowed);
}

}  // namespace sluice::filters::jwt
