#include "server/admin/filter_mode.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "server/support/admin_settings.hpp"
#include "server/support/fake_filters.hpp"
#include "server/support/text_config.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using ::testing::HasSubstr;

constexpr auto sample = R"(
version: 1
listeners: { public: { bind: "127.0.0.1:0" } }
policies: { login: { who: {} }, fence: { gate: { mode: shadow } }, colour: { paint: {} } }
routes:
  a: { match: /, use: [login, colour], filters: { gate: {} }, respond: { status: 204 } }
  b: { match: /b, use: [fence], respond: { status: 204 } }
)";

class FilterModeTest : public ::testing::Test {
 protected:
  FilterModeTest() {
    auto config = testing::config_of(sample, testing::fake_schemas);
    auto result = build(*config, registries_, wall_now());
    published_ = {1, WallPoint(), config, std::move(*result.built)};
  }

  // What came of it: "200 enforce shadow", or the status and what is wrong.
  std::string put(const std::string& name, const std::string& body, const std::string& authorization = "",
                  const std::optional<std::string>& token = "secret") {
    AdminRequest request{.method = "PUT", .authorization = authorization, .content_type = "application/json"};
    request.body = body;
    request.peer = "127.0.0.1";
    auto reply = switch_mode(published_, AdminGuard(testing::admin("127.0.0.1:9901", token)), request, name);
    auto json = Json::parse(reply.body);
    auto status = std::to_string(reply.status) + ' ';
    if (reply.status != 200) return status + json["detail"].get<std::string>();
    EXPECT_EQ(json["policy"], name);
    return status + json["before"].get<std::string>() + ' ' + json["mode"].get<std::string>();
  }
  Json filters() { return filters_document(published_); }

  telemetry::Metrics metrics_{1};
  upstream::Registry endpoints_{metrics_, 1, [](auto) {}};
  Registries registries_{metrics_, endpoints_, testing::fake_kinds};
  Published published_;
};

TEST_F(FilterModeTest, AFilterIsSwitchedAndTheModeBeforeIsTold) {
  EXPECT_EQ(put("fence", R"({"mode": "off"})"), "200 shadow off");
  EXPECT_EQ(put("fence", R"({"mode": "off"})"), "200 off off");
  EXPECT_EQ(put("fence", R"({"mode": "enforce"})"), "200 off enforce");
  EXPECT_EQ(filters()["fence"],
            (Json{{"kind", "gate"}, {"phase", "edge"}, {"configured", "shadow"}, {"mode", "enforce"}}));
}

TEST_F(FilterModeTest, TheFilterOfOneRouteHasItsRoutesName) {
  EXPECT_EQ(put("a/gate", R"({"mode": "shadow"})"), "200 enforce shadow");
  EXPECT_EQ(filters()["a/gate"]["mode"], "shadow");
  EXPECT_EQ(filters()["fence"]["mode"], "shadow");
}

TEST_F(FilterModeTest, OpeningWhatAGuardGuardsNeedsTheTokenAlsoOnLoopback) {
  for (auto* mode : {"off", "shadow"}) {
    auto body = R"({"mode": ")" + std::string(mode) + "\"}";
    for (auto* wrong : {"", "Bearer wrong", "secret"})
      EXPECT_EQ(put("login", body, wrong),
                "403 'login' (who) guards its routes: to open them needs admin.token, also on loopback");
    EXPECT_THAT(put("login", body, "Bearer ", std::nullopt), HasSubstr("403 "));
    EXPECT_EQ(filters()["login"]["mode"], "enforce");
  }
  EXPECT_EQ(put("login", R"({"mode": "off"})", "Bearer secret"), "200 enforce off");
  EXPECT_EQ(put("login", R"({"mode": "enforce"})"), "200 off enforce") << "closing a door is always allowed";
}

TEST_F(FilterModeTest, AFilterThatDecidesNothingHasNoShadow) {
  EXPECT_EQ(put("colour", R"({"mode": "shadow"})"),
            "422 'colour' (paint) decides nothing, so it has no shadow");
  EXPECT_EQ(put("colour", R"({"mode": "off"})"), "200 enforce off");
}

TEST_F(FilterModeTest, AnUnknownNameIs404WithTheNearestOne) {
  EXPECT_EQ(put("fense", R"({"mode": "off"})"), "404 no filter 'fense' is in force (did you mean 'fence'?)");
  EXPECT_EQ(put("a/who", R"({"mode": "off"})"),
            "404 no filter 'a/who' is in force (known here: login, colour, a/gate, fence)");
}

TEST_F(FilterModeTest, WhatIsNoModeIsRefused) {
  for (auto* value : {"\"on\"", "\"\"", "1", "null", "[\"off\"]", "\"OFF\"", "false"})
    EXPECT_EQ(put("fence", "{\"mode\": " + std::string(value) + "}"),
              "422 'mode' is one of \"enforce\", \"shadow\" and \"off\"");
  EXPECT_THAT(put("fence", "{"), HasSubstr("400 "));
  EXPECT_EQ(filters()["fence"]["mode"], "shadow");
}

TEST_F(FilterModeTest, EachChangeIsLoggedWithWhoAskedForIt) {
  std::ostringstream out;
  telemetry::log::Redirect redirect(out);
  put("login", R"({"mode": "off"})");
  EXPECT_EQ(out.str(), "");
  put("login", R"({"mode": "off"})", "Bearer secret");
  EXPECT_THAT(out.str(), HasSubstr("policy.mode policy=login before=enforce mode=off by=127.0.0.1"));
  EXPECT_EQ(out.str().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace sluice::server
