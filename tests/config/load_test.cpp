#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/document.hpp"
#include "config/sample_filters.hpp"
#include "config/substitute.hpp"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Loaded load_text(std::string text, std::map<std::string, std::string> more = {}) {
  more["etc/sluice.yaml"] = std::move(text);
  MemoryFiles files(std::move(more));
  return load("etc/sluice.yaml", sample_filters, files,
              variables({{"ZONE", "eu-1"}, {"EMPTY", ""}, {"PORT", "9000"}}));
}

std::string errors_of(const Loaded& loaded) {
  std::string all;
  for (auto& p : loaded.errors) all += p.to_string() + '\n';
  return all;
}

std::shared_ptr<const Config> good(std::string text, std::map<std::string, std::string> more = {}) {
  auto loaded = load_text(std::move(text), std::move(more));
  EXPECT_EQ(errors_of(loaded), "");
  return loaded.config ? loaded.config : std::make_shared<Config>();
}

const std::string minimal = "version: 1\nlisteners: { web: { bind: ':8080' } }\n";

TEST(Load, FillsInDefaults) {
  auto c = good(minimal);
  EXPECT_FALSE(c->workers);
  EXPECT_EQ(c->drain.finish, 30s);
  EXPECT_TRUE(c->paths.merge_slashes);
  EXPECT_FALSE(c->admin);
  EXPECT_TRUE(c->telemetry.access_log);
  auto& web = c->listeners.at("web");
  EXPECT_EQ(web.limits.head, kibibytes(32));
  EXPECT_EQ(web.limits.connections, OrOff<std::uint32_t>(20000));
  EXPECT_FALSE(web.limits.requests_per_connection);
  EXPECT_EQ(web.timeouts.body_rate, OrOff<ByteRate>(ByteRate{kibibytes(1), 1s}));
  EXPECT_FALSE(web.tls);
}

TEST(Load, ReadsAListener) {
  auto c = good(R"yaml(
version: 1
workers: 4
user: sluice
listeners:
  public:
    bind: [":8443", "[::1]:8444", "unix:/run/sluice.sock"]
    proxy_protocol: any
    trusted_proxies: [10.0.0.0/8, "fd00::/8"]
    forwarded: rfc7239
    tls:
      certificates: [{ cert: api.pem, key: /keys/api.key }]
      min_version: "1.3"
      client_ca: ../clients.pem
      client_auth: optional
      ticket_keys: [tickets.key]
    limits: { head: 64KiB, connections: off, requests_per_connection: 1000 }
    timeouts: { head: 500ms, body_rate: off, idle: 2m }
  plain: { bind: ":8080", redirect_https: 443 }
)yaml");
  EXPECT_EQ(c->workers, (Or<"auto", std::uint32_t>(4)));
  EXPECT_EQ(c->user, "sluice");
  auto& l = c->listeners.at("public");
  ASSERT_EQ(l.bind.size(), 3u);
  EXPECT_EQ(l.bind[0].port, 8443);
  EXPECT_EQ(l.bind[0].host, "");
  EXPECT_EQ(l.bind[1].host, "::1");
  EXPECT_EQ(l.bind[1].to_string(), "[::1]:8444");
  EXPECT_EQ(l.bind[2].unix_path, "/run/sluice.sock");
  EXPECT_EQ(l.proxy_protocol, ProxyProtocol::any);
  EXPECT_TRUE(l.trusted_proxies[0].contains(*IpAddress::parse("10.1.2.3")));
  EXPECT_EQ(l.forwarded, ForwardedKind::rfc7239);
  EXPECT_EQ(l.tls->certificates->at(0).cert, "etc/api.pem");
  EXPECT_EQ(l.tls->certificates->at(0).key, "/keys/api.key");
  EXPECT_EQ(l.tls->min_version, TlsVersion::v1_3);
  EXPECT_EQ(l.tls->client_ca, "clients.pem");
  EXPECT_EQ(l.tls->client_auth, ClientAuth::optional);
  EXPECT_EQ(l.tls->ticket_keys.at(0), "etc/tickets.key");
  EXPECT_EQ(l.limits.head, kibibytes(64));
  EXPECT_FALSE(l.limits.connections);
  EXPECT_EQ(*l.limits.requests_per_connection, 1000u);
  EXPECT_EQ(l.timeouts.head, 500ms);
  EXPECT_FALSE(l.timeouts.body_rate);
  EXPECT_EQ(l.timeouts.idle, 2min);
  EXPECT_EQ(*c->listeners.at("plain").redirect_https, 443);
}

TEST(Load, ReadsUpstreams) {
  auto c = good(minimal + R"yaml(
upstreams:
  users:
    endpoints:
      - http://10.0.0.11
      - { url: "https://Api.Example.com:8443/", weight: 2 }
      - unix:/run/users.sock
    host: users.internal:81
    tls: { ca: ca.pem, server_name: users.internal, cert: c.pem, key: c.key }
    balance: round_robin
    health: { path: /healthz, expect: 204 }
    pool: { max_idle: 8, max_connections: off }
    connect_timeout: 250ms
  orders:
    discover: { dns: orders.internal, port: 8080 }
    host: endpoint
routes:
  all: { match: /, to: [users, orders] }
)yaml");
  auto& u = c->upstreams.at("users");
  EXPECT_EQ(u.endpoints[0].url.to_string(), "http://10.0.0.11:80");
  EXPECT_EQ(u.endpoints[0].weight, 1u);
  EXPECT_EQ(u.endpoints[1].url.to_string(), "https://api.example.com:8443");
  EXPECT_EQ(u.endpoints[1].weight, 2u);
  EXPECT_TRUE(u.endpoints[2].url.address.is_unix());
  EXPECT_EQ(u.host.name, "users.internal:81");
  EXPECT_EQ(u.tls->ca, "etc/ca.pem");
  EXPECT_TRUE(u.tls->verify);
  EXPECT_EQ(u.balance.policy(), Balance::round_robin);
  ASSERT_TRUE(u.health);
  EXPECT_EQ(u.health->path, "/healthz");
  EXPECT_TRUE(u.health->expect.contains(204));
  EXPECT_FALSE(u.health->expect.contains(200));
  EXPECT_FALSE(u.pool.max_connections);
  EXPECT_EQ(u.connect_timeout, 250ms);
  auto& o = c->upstreams.at("orders");
  EXPECT_EQ(o.discover->dns, "orders.internal");
  EXPECT_FALSE(o.discover->refresh);
  EXPECT_EQ(o.host.kind, HostPolicy::Kind::endpoint);
  EXPECT_FALSE(o.health);
}

const std::string one_upstream = minimal + "upstreams: { app: { endpoints: [http://a] } }\n";

TEST(Load, ReadsRoutes) {
  auto c = good(one_upstream + R"yaml(
defaults: { timeout: 7s, max_body: 2MiB }
routes:
  users: { match: "/users/**", to: app }
  get-user:
    listeners: [web]
    match:
      host: "*.Example.com"
      path: "/v1/users/{id}"
      methods: [GET]
      headers: { X-V: "2" }
      query: { a: { regex: "b+" } }
    priority: 10
    rewrite: "/users/{id}?v=1"
    max_body: 512KiB
    timeout: off
    timeouts: { idle: off, total: 1h }
    to: [{ upstream: app, weight: 95 }]
  ping: { match: /ping, respond: { body: pong } }
  old: { match: "/old/{rest...}", redirect: { to: "/new/{rest}", status: 301 } }
  short: { match: { path_regex: "/r/(?P<n>[0-9]+)" }, redirect: "https://example.com/{n}"
}
)yaml");
  auto& users = c->routes.at("users");
  EXPECT_TRUE(users.match.pattern.rest);
  EXPECT_THAT(users.match.pattern.segments, ElementsAre(Segment{false, "users"}));
  EXPECT_EQ(users.to.at(0).upstream, "app");
  EXPECT_EQ(**users.timeout, 7s);
  EXPECT_EQ(**users.max_body, mebibytes(2));
  EXPECT_EQ(*users.buffer, mebibytes(1));

  auto& r = c->routes.at("get-user");
  EXPECT_THAT(r.listeners, ElementsAre("web"));
  EXPECT_EQ(r.match.host, "*.example.com");
  EXPECT_THAT(r.match.pattern.captures(), ElementsAre("id"));
  EXPECT_EQ(r.match.headers.at("x-v").exact, "2");
  EXPECT_EQ(r.match.query.at("a").regex, "b+");
  EXPECT_EQ(r.priority, 10);
  EXPECT_THAT(r.rewrite->parts, ElementsAre(Template::Part{false, "/users/"}, Template::Part{true, "id"},
                                            Template::Part{false, "?v=1"}));
  EXPECT_EQ(*r.buffer, kibibytes(512));
  EXPECT_FALSE(*r.timeout);
  EXPECT_FALSE(r.timeouts.idle);
  EXPECT_EQ(*r.timeouts.total, 1h);
  EXPECT_EQ(*r.timeouts.tunnel, 1h);
  EXPECT_EQ(r.to.at(0).weight, 95u);

  EXPECT_EQ(c->routes.at("ping").respond->body, "pong");
  EXPECT_EQ(c->routes.at("ping").respond->status, 200);
  EXPECT_EQ(c->routes.at("old").redirect->status, 301);
  EXPECT_THAT(c->routes.at("short").redirect->to.parts,
              ElementsAre(Template::Part{false, "https://example.com/"}, Template::Part{true, "n"}));
  EXPECT_TRUE(c->routes.at("short").match.pattern.rest);
}

TEST(Load, ResolvesUseAndReadsFilters) {
  auto c = good(one_upstream + R"yaml(
policies:
  gate: { gate: { allow: [10.0.0.0/8], mode: shadow, remember: off, rates: { gold: 100/s } } }
  red: { tint: red }
  blue: { tint: { colour: blue, optional: true } }
defaults: { use: [gate, red] }
routes:
  inherits: { match: /a, to: app }
  signed: { match: /b, to: app, use: [+blue, -gate], filters: { tint: green } }
  plain: { match: /c, to: app, use: [blue] }
  none: { match: /d, to: app, use: [] }
)yaml");
  EXPECT_THAT(c->routes.at("inherits").policies, ElementsAre("gate", "red"));
  EXPECT_THAT(c->routes.at("signed").policies, ElementsAre("red", "blue"));
  EXPECT_THAT(c->routes.at("plain").policies, ElementsAre("blue"));
  EXPECT_THAT(c->routes.at("none").policies, IsEmpty());
  auto& filter = c->policies.at("gate").filter();
  EXPECT_EQ(filter.kind, "gate");
  EXPECT_EQ(filter.mode, Mode::shadow);
  auto& gate = *static_cast<const Gate*>(filter.settings.get());
  EXPECT_EQ(gate.allow.at(0), *Cidr::parse("10.0.0.0/8"));
  EXPECT_FALSE(gate.remember);
  EXPECT_EQ(gate.rates.at("gold"), (Rate{100, 1s}));
  EXPECT_EQ(gate.share.share, 0.5);
  EXPECT_TRUE(c->policies.at("blue").filter().optional);
  auto& own = c->routes.at("signed").filters.at(0);
  EXPECT_EQ(static_cast<const Tint*>(own.settings.get())->colour, "green");
}

TEST(Load, ReadsAdminAndTelemetry) {
  auto c = good(minimal + R"yaml(
admin: { bind: "127.0.0.1:${PORT}", token: "${file:admin.token}", hosts: [ops.internal] }
telemetry:
  log: { level: debug }
  access_log: { path: access.log, sample: 0.25, query: true }
  request_id: { header: X-Trace }
)yaml",
                {{"etc/admin.token", "secret\n"}});
  EXPECT_EQ(c->admin->bind.port, 9000);
  EXPECT_EQ(c->admin->token, "secret");
  EXPECT_THAT(c->admin->hosts, ElementsAre("ops.internal"));
  EXPECT_EQ(c->telemetry.log.level, LogLevel::debug);
  EXPECT_EQ(*c->telemetry.access_log->path, "etc/access.log");
  EXPECT_EQ(c->telemetry.access_log->sample, 0.25);
  EXPECT_THAT(c->files, ElementsAre("etc/sluice.yaml", "etc/admin.token"));
}

TEST(Load, TurnsTheAccessLogOff) {
  EXPECT_FALSE(good(minimal + "telemetry: { access_log: off }\n")->telemetry.access_log);
  EXPECT_FALSE(good(minimal + "telemetry: { access_log: { path: stdout } }\n")->telemetry.access_log->path);
}

TEST(Load, SubstitutesInValuesOnly) {
  auto c = good(one_upstream + R"yaml(
routes: { s: { match: /s, respond: { body: "a${ZONE}b${ZONE:-x}c${NOBODY:-d}e${EMPTY:-f}g${EMPTY}h$${ZONE}i$j" } }, r: { match: /, respond: { body: "${file:body}${file:/abs/body}", headers: { "$x": y } } } }
)yaml",
                {{"etc/body", "one\r\n"}, {"/abs/body", "two\n\n"}});
  EXPECT_EQ(c->routes.at("s").respond->body, "aeu-1beu-1cdefgh${ZONE}i$j");
  EXPECT_EQ(c->routes.at("r").respond->body, "onetwo\n");
}

TEST(Load, MergesIncludes) {
  auto c = good(
      one_upstream + "include: [ 'conf.d/*.yaml', extra.yaml ]\nroutes: { main: { match: /, to: app } }\n",
      {{"etc/conf.d/a.yaml", "routes: { a: { match: /a, to: b } }\n"},
       {"etc/conf.d/b.yaml",
        "version: 1\nupstreams: { b: { endpoints: [https://b], tls: { ca: b.pem } } }\n"
        "drain: { accept: 2s }\n"},
       {"etc/conf.d/b.txt", "nonsense: ["},
       {"etc/extra.yaml", ""}});
  EXPECT_EQ(c->routes.size(), 2u);
  EXPECT_EQ(c->upstreams.at("b").tls->ca, "etc/conf.d/b.pem");
  EXPECT_EQ(c->drain.accept, 2s);
  EXPECT_THAT(c->files,
              ElementsAre("etc/sluice.yaml", "etc/conf.d/a.yaml", "etc/conf.d/b.yaml", "etc/extra.yaml"));
}

TEST(Load, TellsWhyAFileCannotBeRead) {
  MemoryFiles files({});
  auto loaded = load("sluice.yaml", {}, files, variables({}));
  EXPECT_EQ(loaded.config, nullptr);
  EXPECT_EQ(errors_of(loaded), "sluice.yaml: cannot read: No such file or directory\n");
}

TEST(Load, RefusesAFileThatIsTooLarge) {
  MemoryFiles files({{"a.yaml", std::string(DocumentLimits::bytes + 1, ' ')}});
  EXPECT_EQ(errors_of(load("a.yaml", {}, files, variables({}))),
            "a.yaml: cannot read: larger than 16777216 bytes\n");
  auto loaded = load_text(minimal + "user: '${file:big}'\n",
                          {{"etc/big", std::string(Substitution::file_limit + 1, 'x')}});
  EXPECT_EQ(errors_of(loaded), "etc/sluice.yaml:3:7: user: cannot read etc/big: larger than 1048576 bytes\n");
}

TEST(Load, KeepsTenThousandRoutesQuick) {
  std::string text = one_upstream + "routes:\n";
  for (int i = 0; i < 10000; ++i)
    text += "  r" + std::to_string(i) + ": { match: \"/s" + std::to_string(i) + "/{id}\", to: app }\n";
  auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(good(text)->routes.size(), 10000u);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 20s);
}

TEST(Unchangeable, NamesWhatNoReloadCanChange) {
  auto a = good(minimal + "workers: 2\nuser: a\nadmin: { bind: '127.0.0.1:1' }\ndrain: { finish: 1s }\n");
  auto b = good(minimal + "workers: 2\nuser: a\nadmin: { bind: '127.0.0.1:1', token: x }\n");
  auto c = good(minimal + "user: b\n");
  EXPECT_THAT(unchangeable(*a, *b), IsEmpty());
  EXPECT_THAT(unchangeable(*a, *c), ElementsAre("workers", "user", "admin.bind"));
  EXPECT_THAT(unchangeable(*c, *a), ElementsAre("workers", "user", "admin.bind"));
  auto d = good(minimal + "cache_memory: { size: 1GiB }\n");
  auto e = good(minimal + "cache_memory: { size: 1GiB, max_entry: 1MiB }\n");
  EXPECT_THAT(unchangeable(*d, *e), IsEmpty());
  EXPECT_THAT(unchangeable(*good(minimal), *d), ElementsAre("cache_memory.size"));
}

TEST(CacheMemory, OneAnswerIsAtMostHalfOfIt) {
  EXPECT_EQ(good(minimal)->cache_memory.size, mebibytes(256));
  EXPECT_EQ(errors_of(load_text(minimal + "cache_memory: { size: 8MiB, max_entry: 5MiB }\n")),
            "etc/sluice.yaml:3:40: cache_memory.max_entry: at most half of 'size', which is 8MiB\n");
  EXPECT_EQ(
      errors_of(load_text(minimal + "cache_memory: { size: 4KiB }\n")),
      "etc/sluice.yaml:3:23: cache_memory.size: expected a size such as 8KiB, 1MiB or 10MB, from 1MiB to "
      "16TiB, found '4KiB'\n");
}

}  // namespace
}  // namespace sluice::config
