#include "server/admin/handler.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "server/support/admin_settings.hpp"
#include "server/support/text_config.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::server {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

class AdminHandlerTest : public ::testing::Test {
 protected:
  AdminReply ask(std::string method, std::string path) {
    return handler_.answer({.method = std::move(method), .path = std::move(path), .host = "localhost"});
  }
  void publish(const std::string& text) {
    auto config = testing::config_of(text);
    auto result = build(*config, registries_, wall_now(), 7);
    ASSERT_TRUE(result.built);
    for (auto& plan : result.built->listeners) plan.connections = std::make_shared<ConnectionLimits>();
    standing_.set(std::make_shared<const Published>(Published{7, WallPoint(), config, *result.built}));
  }

  telemetry::Metrics metrics_{1};
  upstream::Registry endpoints_{metrics_, 1, [](auto) {}};
  Registries registries_{metrics_, endpoints_, {}};
  Standing standing_;
  ReloadReport report_;
  int drains_ = 0;
  AdminPorts ports_{.metrics = [] { return std::string("up 1\n"); },
                    .reload =
                        [this] {
                          std::promise<ReloadReport> p;
                          p.set_value(report_);
                          return p.get_future();
                        },
                    .drain = [this] { ++drains_; }};
  AdminHandler handler_{testing::admin(), standing_, {WallPoint(), 2}, ports_};
};

constexpr auto sample = R"(
version: 1
listeners: { public: { bind: "127.0.0.1:0" } }
admin: { bind: "127.0.0.1:0", token: hush }
upstreams: { users: { endpoints: [{ url: "http://10.0.0.1:8080", weight: 3 }] } }
routes:
  users: { match: { host: api.example.com, path: "/users/**" }, to: users }
  old: { match: /old, redirect: { to: /new } }
  ping: { match: /ping, respond: { status: 204 } }
)";

TEST_F(AdminHandlerTest, HealthIsAlwaysGreenAndReadinessIsNot) {
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  auto red = ask("GET", "/readyz");
  EXPECT_EQ(red.status, 503);
  EXPECT_THAT(red.body, HasSubstr("no configuration is in force yet"));
  publish(sample);
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  standing_.drain();
  EXPECT_THAT(ask("GET", "/readyz").body, HasSubstr("draining"));
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(AdminHandlerTest, MetricsHaveTheirType) {
  auto reply = ask("GET", "/metrics");
  EXPECT_EQ(reply.body, "up 1\n");
  EXPECT_EQ(reply.type, "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(AdminHandlerTest, StatusTellsWhatIsServed) {
  publish(sample);
  auto status = json::parse(ask("GET", "/status").body);
  EXPECT_EQ(status["config"]["version"], 7);
  EXPECT_EQ(status["workers"], 2);
  EXPECT_EQ(status["listeners"]["public"]["tls"], false);
  EXPECT_EQ(status["routes"]["users"]["to"][0], (json{{"upstream", "users"}, {"weight", 1}}));
  EXPECT_EQ(status["routes"]["users"]["host"], "api.example.com");
  EXPECT_EQ(status["routes"]["old"]["redirect"], "/new");
  EXPECT_EQ(status["routes"]["ping"]["respond"], 204);
  EXPECT_EQ(status["policies"], json::object());
  auto endpoint = status["upstreams"]["users"]["endpoints"][0];
  EXPECT_EQ(endpoint["name"], "10.0.0.1:8080");
  EXPECT_EQ(endpoint["weight"], 3);
  EXPECT_EQ(endpoint["healthy"], true);
}

TEST_F(AdminHandlerTest, ConfigHasEveryDefaultAndNoSecret) {
  EXPECT_EQ(ask("GET", "/config").status, 503);
  publish(sample);
  auto reply = ask("GET", "/config");
  EXPECT_EQ(json::parse(reply.body)["listeners"]["public"]["backlog"], 4096);
  EXPECT_THAT(reply.body, Not(HasSubstr("hush")));
}

TEST_F(AdminHandlerTest, AReloadThatWasTakenIsToldWithItsVersion) {
  report_ = {.taken = true, .version = 8, .at = {}, .errors = {}, .warnings = {"w"}};
  auto reply = ask("POST", "/reload");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.body)["version"], 8);
  EXPECT_EQ(json::parse(reply.body)["warnings"], json{"w"});
}

TEST_F(AdminHandlerTest, AReloadThatWasRefusedIsAProblemWithEveryError) {
  report_ = {.taken = false, .version = 7, .at = {}, .errors = {"a.yaml:1:1: \"x\"", "b"}, .warnings = {}};
  auto reply = ask("POST", "/reload");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.type, "application/problem+json");
  EXPECT_EQ(json::parse(reply.body)["errors"], (json{"a.yaml:1:1: \"x\"", "b"}));
}

TEST_F(AdminHandlerTest, AReloadDoesNotOutwaitTheProcess) {
  std::promise<ReloadReport> never;
  auto ports = ports_;
  ports.reload = [&] { return never.get_future(); };
  AdminHandler handler(testing::admin(), standing_, {}, ports);
  handler.stop();
  EXPECT_EQ(handler.answer({.method = "POST", .path = "/reload", .host = "localhost"}).status, 503);
}

TEST_F(AdminHandlerTest, DrainIsPassedOn) {
  EXPECT_EQ(ask("POST", "/drain").status, 200);
  EXPECT_EQ(drains_, 1);
}

TEST_F(AdminHandlerTest, AModeIsPutWhereAFilterIsNamed) {
  EXPECT_EQ(ask("PUT", "/policies/fence/mode").status, 503) << "nothing is in force";
  publish(sample);
  auto unknown = ask("PUT", "/policies/users%2Fgate/mode");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("no filter 'users/gate' is in force"));
  EXPECT_THAT(ask("GET", "/policies/fence/mode").fields, Contains(Pair("Allow", "PUT")));
  EXPECT_THAT(ask("PUT", "/policies/fence").body, HasSubstr("this path has another method"));
  EXPECT_THAT(ask("PUT", "/policies/fence/moods").body, HasSubstr("there is no such path"));
}

TEST_F(AdminHandlerTest, ErrorsAreProblemDocuments) {
  auto missing = ask("GET", "/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.type, "application/problem+json");
  auto document = json::parse(missing.body);
  EXPECT_EQ(document["status"], 404);
  EXPECT_THAT(document["instance"].get<std::string>(), ::testing::StartsWith("urn:uuid:"));

  EXPECT_THAT(ask("GET", "/reload").fields, Contains(Pair("Allow", "POST")));
  EXPECT_THAT(ask("POST", "/status").fields, Contains(Pair("Allow", "GET, HEAD")));
  EXPECT_EQ(ask("DELETE", "/drain").status, 405);
  EXPECT_EQ(drains_, 0);
}

TEST_F(AdminHandlerTest, HostsAndTokenAreThoseInForce) {
  auto text = std::string(sample);
  text.replace(text.find("token: hush"), 11, "hosts: [gateway]");
  publish(text);
  EXPECT_EQ(ask("GET", "/status").status, 403);
  EXPECT_EQ(handler_.answer({.method = "GET", .path = "/status", .host = "gateway"}).status, 200);
}

TEST_F(AdminHandlerTest, TheGuardStandsBeforeEverything) {
  auto reply = handler_.answer({.method = "POST", .path = "/drain", .host = "evil.example"});
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(drains_, 0);

  AdminHandler guarded(testing::admin(":9901", "t"), standing_, {}, ports_);
  auto refused = guarded.answer({.method = "GET", .path = "/status", .host = "localhost"});
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.fields, Contains(Pair("WWW-Authenticate", "Bearer realm=\"sluice\"")));
}

}  // namespace
}  // namespace sluice::server
