#include "server/explain.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "server/support/fake_filters.hpp"
#include "server/support/text_config.hpp"

namespace sluice::server {
namespace {

constexpr auto sample = R"(
version: 1
listeners:
  public: { bind: "127.0.0.1:8443", tls: { certificates: self-signed } }
  plain: { bind: ["127.0.0.1:8080", "unix:/tmp/unused.sock"] }
  moved: { bind: "127.0.0.1:8081", redirect_https: 443 }
upstreams:
  users: { endpoints: ["http://10.0.0.1:8080", "https://10.0.0.2"] }
  users-next: { endpoints: ["unix:/run/next.sock"] }
routes:
  all: { match: "/**", to: users }
  user:
    match: { host: "*.example.com", path: "/v1/users/{id}", methods: [GET], headers: { X-V: "2" } }
    rewrite: "/users/{id}"
    to: [{ upstream: users, weight: 9 }, { upstream: users-next, weight: 1 }]
  secure-only: { listeners: [public], match: /secure, respond: { status: 204 } }
  old: { match: "/old/{rest...}", redirect: { to: "/new/{rest}", status: 301 } }
  write: { match: { path: /write, methods: [POST] }, respond: { status: 200, body: done } }
)";

std::string explained(const ExplainedRequest& request) {
  auto text = explain(*testing::config_of(sample), {}, request);
  return text ? *text : "failure: " + text.failure();
}

TEST(Explain, AForwardedRequestWithItsReasons) {
  EXPECT_EQ(explained({"GET", "https://api.example.com:8443/v1/users/42?a=b", {"X-V: 2"}}),
            "request   GET https://api.example.com:8443/v1/users/42?a=b\n"
            "listener  public\n"
            "route     user\n"
            "because   host is *.example.com (wildcard)\n"
            "because   path is /v1/users/{id}, with id=42\n"
            "because   method is one of GET, HEAD\n"
            "because   header x-v = 2\n"
            "filters   none\n"
            "upstream  users, weight 9: 10.0.0.1:8080, 10.0.0.2:443\n"
            "upstream  users-next, weight 1: unix:/run/next.sock\n"
            "split     by principal, else client.ip\n"
            "sends     GET /users/42?a=b\n");
}

constexpr auto released = R"(
version: 1
listeners: { plain: { bind: "127.0.0.1:8080" } }
upstreams:
  orders: { endpoints: ["http://10.0.0.1:8080"] }
  orders-next: { endpoints: ["http://10.0.0.2:8080"] }
routes:
  orders:
    match: "/orders/**"
    to: [{ upstream: orders, weight: 90 }, { upstream: orders-next, weight: 10 }]
    split: { key: [header.X-Tenant, client.ip], force: { header: X-Side, cookie: side } }
    mirror: { to: orders-next, sample: 5%, max_body: 8KiB }
  who:
    match: "/who"
    to: [orders, orders-next]
    split: { key: [principal, header.X-Tenant] }
  flipped:
    match: "/flipped"
    to: [{ upstream: orders, weight: 0 }, { upstream: orders-next, weight: 100 }]
    mirror: { to: orders, credentials: true }
)";

// The lines about sides and mirrors.
std::string release_of(const std::string& method, const std::string& url, std::vector<std::string> fields) {
  auto text = explain(*testing::config_of(released), {}, {method, url, std::move(fields)});
  if (!text) return text.failure();
  std::istringstream lines(*text);
  std::string told;
  for (std::string one; std::getline(lines, one);)
    if (one.starts_with("split") || one.starts_with("side") || one.starts_with("mirror")) told += one + '\n';
  return told;
}

TEST(Explain, WhoseSideItIsAndWhatAMirrorWouldDo) {
  const std::string split =
      "split     by header.X-Tenant, else client.ip; header.X-Side or cookie.side may name the upstream\n";
  const std::string mirror =
      "mirror    orders-next: 10.0.0.2:8080; 5% of the requests with at most 8KiB of body, without "
      "credentials\n";
  EXPECT_EQ(release_of("GET", "/orders/1", {}), split + mirror) << "no address is known here";
  EXPECT_EQ(release_of("GET", "/orders/1", {"X-Tenant: north"}),
            split + "side      orders, by header.X-Tenant\n" + mirror);
  EXPECT_EQ(release_of("POST", "/orders/1", {"Cookie: side=orders-next"}),
            split + "side      orders-next, named by cookie.side\n" +
                "mirror    orders-next: 10.0.0.2:8080; not this method\n");
  EXPECT_EQ(release_of("GET", "/who", {"X-Tenant: north"}),
            "split     by principal, else header.X-Tenant, else client.ip\n")
      << "who asks goes before it";
  EXPECT_EQ(
      release_of("GET", "/flipped", {}),
      "split     by principal, else client.ip\n"
      "side      orders-next, the only one with a weight\n"
      "mirror    orders: 10.0.0.1:8080; 100% of the requests with at most 64KiB of body, with credentials\n");
}

TEST(Explain, WhatWasPassedOverAndWhy) {
  EXPECT_EQ(explained({"GET", "http://api.example.com:8080/v1/users/42", {}}),
            "request   GET http://api.example.com:8080/v1/users/42\n"
            "listener  plain\n"
            "route     all\n"
            "because   host: any\n"
            "because   path is /**\n"
            "filters   none\n"
            "upstream  users, weight 1: 10.0.0.1:8080, 10.0.0.2:443\n"
            "sends     GET /v1/users/42\n"
            "passed    user: a header does not match\n");
}

TEST(Explain, LocalAnswers) {
  EXPECT_EQ(
      explained({"GET", "https://x/secure", {}}),
      "request   GET https://x/secure\nlistener  public\nroute     secure-only\nbecause   host: any\n"
      "because   path is /secure\nbecause   listener is public\nfilters   none\nanswer    204, 0 bytes\n");
  EXPECT_EQ(
      explained({"GET", "/old/a/b?c", {}}),
      "request   GET /old/a/b?c\nlistener  plain\nroute     old\nbecause   host: any\n"
      "because   path is /old/{rest...}, with rest=a/b\nfilters   none\nanswer    301, to /new/a/b?c\n");
  EXPECT_EQ(explained({"GET", "http://x:8081/anything", {}}),
            "request   GET http://x:8081/anything\nlistener  moved\nfilters   none\nanswer    308, a "
            "redirect to https, port "
            "443\n");
}

constexpr auto filtered = R"(
version: 1
listeners: { plain: { bind: "127.0.0.1:8080" }, moved: { bind: "127.0.0.1:8081", redirect_https: 443 } }
policies:
  fence: { gate: { password: hush, mode: shadow } }
  login: { who: { password: hush } }
  spare: { who: {} }
  colour: { paint: { mode: off } }
defaults: { use: [colour, fence, login] }
routes:
  all: { match: /all, respond: { status: 204 } }
  own: { match: { path: /own, methods: [GET] }, use: [-colour, +spare], filters: { paint: {} }, respond: { status: 204 } }
  plain: { match: /plain, use: [login], respond: { status: 204 } }
)";

// The lines about filters and what is answered.
std::string chain_of(const std::string& method, const std::string& url) {
  auto text =
      explain(*testing::config_of(filtered, testing::fake_schemas), testing::fake_kinds, {method, url, {}});
  if (!text) return text.failure();
  EXPECT_EQ(text->find("hush"), text->npos);
  std::istringstream lines(*text);
  std::string chain;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("filter") || line.starts_with("answer")) chain += line + '\n';
  return chain;
}

TEST(Explain, TheChainInItsOrderAndWhereEachFilterComesFrom) {
  EXPECT_EQ(chain_of("GET", "/all"),
            "filter    edge: fence (gate), shadow, from defaults.use\n"
            "filter    identity: login (who), enforce, from defaults.use\n"
            "filter    transform: colour (paint), off, from defaults.use\n"
            "answer    204, 0 bytes\n");
  EXPECT_EQ(chain_of("GET", "/own"),
            "filter    edge: fence (gate), shadow, from defaults.use\n"
            "filter    identity: login (who), enforce, from defaults.use\n"
            "filter    identity: spare (who), enforce, from use\n"
            "filter    transform: own/paint (paint), enforce, from filters\n"
            "answer    204, 0 bytes\n");
  EXPECT_EQ(chain_of("GET", "/plain"),
            "filter    identity: login (who), enforce, from use\nanswer    204, 0 bytes\n");
}

TEST(Explain, TheEdgeWhereNoRouteMatches) {
  const std::string edge = "filter    edge: fence (gate), shadow, from defaults.use\n";
  EXPECT_EQ(chain_of("GET", "/none"), edge + "answer    404, no route matches\n");
  EXPECT_EQ(chain_of("PUT", "/own"), edge + "answer    405, Allow: GET, HEAD\n");
  EXPECT_EQ(chain_of("GET", "http://x:8081/all"), edge + "answer    308, a redirect to https, port 443\n");
}

TEST(Explain, WhatCannotBeARequestIsSaid) {
  EXPECT_EQ(explained({"GET", "http://a b/", {}}), "failure: the URL's host is malformed: a b");
  EXPECT_EQ(explained({"GET", "/a/%00", {}}).substr(0, 46), "failure: the URL's path would be refused with ");
  EXPECT_EQ(explained({"GET", "/", {"no colon"}}),
            "failure: a header is written 'Name: value', not 'no colon'");
}

TEST(Explain, TheListenerIsFoundByPortThenByScheme) {
  auto config = testing::config_of(sample);
  EXPECT_EQ(listener_for(*config, true, 8443), "public");
  EXPECT_EQ(listener_for(*config, false, 8081), "moved");
  EXPECT_EQ(listener_for(*config, true, 1), "public");
  EXPECT_EQ(listener_for(*config, false, 1), "plain");
}

}  // namespace
}  // namespace sluice::server
