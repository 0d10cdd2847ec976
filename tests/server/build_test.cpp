#include "server/build.hpp"

#include <gmock/gmock.h>

#include "server/support/text_config.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Filters that only have a place in the order.
struct Nothing {
  bool set = false;
  static const Schema& schema() {
    static const Schema s = describe<Nothing>("Nothing.").member("set", &Nothing::set, "Nothing.");
    return s;
  }
};
class Idle final : public Filter {
 public:
  Eventual<Verdict> on_request(Exchange&) const override { return Verdict::proceed; }
};
template <Phase phase>
FilterKind kind(std::string_view name) {
  return {
      filter_schema<Nothing>(name, {.decides = true}), [](const void*) { return phase; },
      [](const void*, FilterContext&) -> std::shared_ptr<const Filter> { return std::make_shared<Idle>(); }};
}
const std::array kinds = {kind<Phase::edge>("gate"), kind<Phase::identity>("who"),
                          kind<Phase::cache>("store")};
const std::array schemas = {kinds[0].schema, kinds[1].schema, kinds[2].schema};

class BuildTest : public ::testing::Test {
 protected:
  BuildResult built(const std::string& text) {
    return build(*testing::config_of(text, schemas), registries_, wall_now(), 3);
  }
  static const Route& route(const Built& b, const std::string& name) {
    for (auto& r : b.snapshot->routes)
      if (r.name == name) return r;
    throw std::out_of_range(name);
  }
  static std::vector<std::string> steps(const pipeline::FilterChain& chain) {
    std::vector<std::string> names;
    for (auto& s : chain.steps()) names.push_back(s.name);
    return names;
  }

  telemetry::Metrics metrics_{1};
  upstream::Registry endpoints_{metrics_, 1, [](auto) {}};
  Registries registries_{metrics_, endpoints_, kinds};
};

constexpr auto head = "version: 1\nlisteners: { public: { bind: \"127.0.0.1:0\" } }\n";

TEST_F(BuildTest, ARouteHasWhatItsTextSaysAndTheDefaultsOtherwise) {
  auto result = built(std::string(head) + R"(
upstreams: { u: { endpoints: ["http://10.0.0.1:80"] }, v: { endpoints: ["http://10.0.0.2:80"] } }
defaults: { timeout: 7s, max_body: 2MiB }
routes:
  a: { match: /a, to: [{ upstream: u, weight: 9 }, { upstream: v }], rewrite: /b, max_body: off, timeout: 1s }
  b: { match: "/b/**", to: u, strip_prefix: /b, timeouts: { idle: 3s } }
  c: { match: /c, respond: { status: 418, body: tea, headers: { X-A: b } } }
  d: { match: /d, redirect: { to: /e, status: 302 } }
)");
  ASSERT_TRUE(result.built) << result.errors[0];
  auto& a = route(*result.built, "a");
  auto& forward = std::get<proxy::Forward>(a.action);
  ASSERT_EQ(forward.to.size(), 2u);
  EXPECT_EQ(forward.to[0].upstream->name(), "u");
  EXPECT_EQ(forward.to[0].weight, 9u);
  EXPECT_EQ(a.rewrite->text, "/b");
  EXPECT_EQ(*a.timeout, 1s);
  EXPECT_FALSE(a.max_body);
  auto& b = route(*result.built, "b");
  EXPECT_EQ(b.strip_prefix, "/b");
  EXPECT_EQ(*b.timeout, 7s);
  EXPECT_EQ(*b.max_body, mebibytes(2));
  EXPECT_EQ(*b.timeouts.idle, 3s);
  EXPECT_EQ(std::get<proxy::Forward>(b.action).to[0].upstream, forward.to[0].upstream);
  auto& c = std::get<proxy::Respond>(route(*result.built, "c").action);
  EXPECT_EQ(c.status, 418);
  EXPECT_THAT(c.fields, ElementsAre(::testing::Pair("X-A", "b")));
  EXPECT_EQ(std::get<proxy::Redirect>(route(*result.built, "d").action).status, 302);
  EXPECT_EQ(result.built->snapshot->version, 3u);
}

TEST_F(BuildTest, AChainIsInTheOrderOfPhasesAndTheEdgeRunsWithoutARoute) {
  auto result = built(std::string(head) + R"(
policies: { cached: { store: {} }, login: { who: {} }, fence: { gate: {} } }
defaults: { use: [cached, login, fence] }
routes:
  all: { match: "/**", respond: { status: 204 } }
  own: { match: /own, use: [login], filters: { gate: { mode: shadow } }, respond: { status: 204 } }
)");
  ASSERT_TRUE(result.built);
  EXPECT_THAT(steps(route(*result.built, "all").chain), ElementsAre("fence", "login", "cached"));
  auto& own = route(*result.built, "own").chain;
  EXPECT_THAT(steps(own), ElementsAre("own/gate", "login"));
  EXPECT_EQ(*own.steps()[0].mode, Mode::shadow);
  EXPECT_THAT(steps(result.built->snapshot->edge), ElementsAre("fence"));
}

TEST_F(BuildTest, EveryFilterInUseIsListedOnceWithItsMode) {
  auto result = built(std::string(head) + R"(
policies: { fence: { gate: { mode: shadow } }, login: { who: {} }, spare: { who: {} } }
routes:
  a: { match: /a, use: [fence, login], respond: { status: 204 } }
  b: { match: /b, use: [fence], filters: { who: { mode: off } }, respond: { status: 204 } }
)");
  ASSERT_TRUE(result.built);
  std::vector<std::string> listed;
  for (auto& f : result.built->filters)
    listed.push_back(f.name + ' ' + f.kind + ' ' + std::string(name_of(*f.mode)));
  EXPECT_THAT(listed, ElementsAre("fence gate shadow", "login who enforce", "b/who who off"));
  auto& steps = route(*result.built, "a").chain.steps();
  result.built->filters[0].mode->store(Mode::off);
  EXPECT_EQ(*steps[0].mode, Mode::off);
}

TEST_F(BuildTest, OnlyWhatIsPublishedChangesAMode) {
  auto text = [](const std::string& mode) {
    return std::string(head) + "policies: { fence: { gate: { mode: " + mode +
           " } } }\nroutes: { a: { match: /, use: [fence], respond: { status: 204 } } }\n";
  };
  auto first = built(text("enforce"));
  registries_.modes.follow(first.built->filters);
  auto refused = built(text("off"));
  EXPECT_EQ(refused.built->filters[0].mode, first.built->filters[0].mode);
  EXPECT_EQ(*refused.built->filters[0].mode, Mode::enforce);
  registries_.modes.follow(refused.built->filters);
  EXPECT_EQ(*first.built->filters[0].mode, Mode::off);
}

TEST_F(BuildTest, AListenerHasItsLimitsAndDeadlines) {
  auto result = built(R"(
version: 1
paths: { merge_slashes: false }
listeners:
  public:
    bind: "127.0.0.1:0"
    proxy_protocol: v2
    trusted_proxies: [10.0.0.0/8]
    redirect_https: 443
    limits: { head: 4KiB, target: 1KiB, fields: 7, connections: off, connections_per_ip: 3, requests_per_connection: 5 }
    timeouts: { head: 1s, body: 2s, body_rate: 6KiB/m, idle: 3s, write: 4s }
routes: { a: { match: /, respond: { status: 204 } } }
)");
  ASSERT_TRUE(result.built);
  auto& plan = result.built->listeners[0];
  EXPECT_EQ(plan.bounds.connections, ConnectionBounds::none);
  EXPECT_EQ(plan.bounds.connections_per_ip, 3u);
  auto& s = *plan.session;
  EXPECT_EQ(s.limits.head, 4096u);
  EXPECT_EQ(s.limits.target, 1024u);
  EXPECT_EQ(s.limits.fields, 7u);
  EXPECT_FALSE(s.limits.merge_slashes);
  EXPECT_EQ(s.requests_per_connection, 5u);
  EXPECT_EQ(s.body_rate, 102u);
  EXPECT_EQ(s.head_timeout, 1s);
  EXPECT_EQ(s.write_timeout, 4s);
  EXPECT_EQ(s.proxy_protocol, net::ProxyProtocol::v2);
  auto& policy = result.built->snapshot->listener("public");
  EXPECT_EQ(policy.redirect_https, 443);
  EXPECT_EQ(policy.trusted_proxies.size(), 1u);
}

TEST_F(BuildTest, EveryFaultOfATlsFileIsNamedWithItsPlace) {
  auto result = built(R"(
version: 1
listeners:
  public: { bind: "127.0.0.1:0", tls: { certificates: [{ cert: /no/a.pem, key: /no/a.key }] } }
upstreams: { u: { endpoints: ["https://10.0.0.1"], tls: { ca: /no/ca.pem } } }
routes: { a: { match: /, to: u } }
)");
  EXPECT_FALSE(result.built);
  EXPECT_THAT(result.errors, ElementsAre(HasSubstr("listeners.public.tls: /no/a.pem: "),
                                         HasSubstr("listeners.public.tls: /no/a.key: "),
                                         HasSubstr("upstreams.u.tls: /no/ca.pem: ")));
}

TEST_F(BuildTest, ASelfSignedCertificateIsTheSameForEveryBuildAndItsEndIsKnown) {
  auto text = std::string(head);
  text.replace(text.find("\" }"), 3, "\", tls: { certificates: self-signed } }");
  text += "routes: { a: { match: /, respond: { status: 204 } } }\n";
  auto first = built(text), second = built(text);
  ASSERT_TRUE(first.built);
  EXPECT_THAT(first.warnings, IsEmpty());
  ASSERT_EQ(first.built->certificates.size(), 1u);
  EXPECT_EQ(first.built->certificates[0].listener, "public");
  EXPECT_GT(first.built->certificates[0].not_after, wall_now());
  EXPECT_EQ(first.built->certificates[0].serial, second.built->certificates[0].serial);
}

}  // namespace
}  // namespace sluice::server
