#include "server/admin/route_weights.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "server/admin/handler.hpp"
#include "server/support/admin_settings.hpp"
#include "server/support/text_config.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using ::testing::HasSubstr;
using Table = proxy::Weights::Table;

constexpr auto sample = R"(
version: 1
listeners: { public: { bind: "127.0.0.1:0" } }
upstreams:
  orders: { endpoints: ["http://10.0.0.1:1"] }
  orders-next: { endpoints: ["http://10.0.0.2:1"] }
routes:
  orders: { match: "/orders/**", to: [{ upstream: orders, weight: 95 }, { upstream: orders-next, weight: 5 }] }
  users: { match: "/users/**", to: orders }
  files: { match: "/files/**", to: { read: orders, write: orders-next } }
  ping: { match: /ping, respond: { status: 204 } }
)";

class RouteWeightsTest : public ::testing::Test {
 protected:
  RouteWeightsTest() { reload(sample); }

  void reload(const std::string& text) {
    auto config = testing::config_of(text);
    auto result = build(*config, registries_, wall_now());
    ASSERT_TRUE(result.built);
    registries_.splits.follow(result.built->splits);
    published_ = {1, WallPoint(), config, std::move(*result.built)};
  }
  // What came of it: "200 <body>", or the status and what is wrong.
  std::string put(const std::string& route, const std::string& body) {
    auto reply = set_weights(published_, request(body), route);
    auto status = std::to_string(reply.status) + ' ';
    if (reply.status != 200) {
      EXPECT_EQ(reply.type, "application/problem+json");
      return status + Json::parse(reply.body)["detail"].get<std::string>();
    }
    return status + Json::parse(reply.body).dump();
  }
  static AdminRequest request(const std::string& body) {
    return {.method = "PUT",
            .path = "/routes/orders/weights",
            .host = "localhost",
            .content_type = "application/json",
            .body = body,
            .peer = "127.0.0.1"};
  }
  Table standing() { return published_.built.splits.at(0).weights->standing(); }

  telemetry::Metrics metrics_{1};
  upstream::Registry endpoints_{metrics_, 1, [](auto) {}};
  Registries registries_{metrics_, endpoints_, {}};
  Published published_;
};

TEST_F(RouteWeightsTest, TheAnswerIsWhatStoodBeforeAndTakesTheChangeBack) {
  EXPECT_EQ(put("orders", R"({"orders": 50, "orders-next": 50})"), R"(200 {"orders":95,"orders-next":5})");
  EXPECT_EQ(standing(), (Table{{"orders", 50}, {"orders-next", 50}}));
  auto before = put("orders", R"({"orders": 0, "orders-next": 100})");
  EXPECT_EQ(before, R"(200 {"orders":50,"orders-next":50})");
  EXPECT_EQ(put("orders", before.substr(4)), R"(200 {"orders":0,"orders-next":100})");
  EXPECT_EQ(standing(), (Table{{"orders", 50}, {"orders-next", 50}}));
}

TEST_F(RouteWeightsTest, AnUnknownRouteIs404WithTheNearestOne) {
  EXPECT_EQ(put("order", R"({"orders": 1, "orders-next": 1})"),
            "404 no route 'order' is in force (did you mean 'orders'?)");
}

TEST_F(RouteWeightsTest, ARouteThatIsNotSplitHasNoWeights) {
  for (auto* route : {"users", "files", "ping"})
    EXPECT_EQ(put(route, R"({"orders": 1})"), "409 the route '" + std::string(route) +
                                                  "' does not have several upstreams, so it has no weights");
}

TEST_F(RouteWeightsTest, AnUnknownUpstreamIsRefusedWithTheNearestOne) {
  EXPECT_EQ(put("orders", R"({"orders": 1, "orders-net": 1})"),
            "422 unknown member 'orders-net' (did you mean 'orders-next'?)");
}

TEST_F(RouteWeightsTest, EveryUpstreamIsNamed) {
  EXPECT_EQ(put("orders", R"({"orders-next": 100})"), "422 the member 'orders' is missing");
  EXPECT_EQ(put("orders", "{}"), "422 the member 'orders' is missing");
}

TEST_F(RouteWeightsTest, SomebodyHasToBeServed) {
  EXPECT_EQ(put("orders", R"({"orders": 0, "orders-next": 0})"),
            "422 all weights are 0: nobody would be served");
}

TEST_F(RouteWeightsTest, AWeightIsAWholeNumberWithinItsBounds) {
  for (auto* weight : {"-1", "0.5", "1000001", "\"5\"", "null", "true", "18446744073709551616"})
    EXPECT_EQ(put("orders", R"({"orders": 1, "orders-next": )" + std::string(weight) + "}"),
              "422 the weight of 'orders-next' is a whole number from 0 to 1000000")
        << weight;
  EXPECT_THAT(put("orders", R"({"orders": 1000000, "orders-next": 1})"), HasSubstr("200 "));
}

TEST_F(RouteWeightsTest, WhatIsNoObjectOfJsonIsRefused) {
  for (auto* body : {"", "{", "orders=1", R"({"orders": 1, "orders": 2, "orders-next": 1})"})
    EXPECT_EQ(put("orders", body), "400 the body is not JSON, or names a member twice");
  EXPECT_EQ(put("orders", "[95, 5]"), "400 the body is not a JSON object");
  auto form = request("orders=1");
  form.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(set_weights(published_, form, "orders").status, 415);
}

TEST_F(RouteWeightsTest, WhatIsRefusedChangesNothing) {
  for (auto* body : {"{", "{}", R"({"orders": 0, "orders-next": 0})", R"({"orders": 1, "orders-next": -1})"})
    put("orders", body);
  EXPECT_EQ(standing(), (Table{{"orders", 95}, {"orders-next", 5}}));
}

TEST_F(RouteWeightsTest, AReloadKeepsThemUnlessTheFileHasOthers) {
  put("orders", R"({"orders": 50, "orders-next": 50})");
  reload(std::string(sample) + "  more: { match: /more, respond: { status: 200 } }\n");
  EXPECT_EQ(standing(), (Table{{"orders", 50}, {"orders-next", 50}}));
  auto changed = std::string(sample);
  changed.replace(changed.find("weight: 95"), 10, "weight: 90");
  reload(changed);
  EXPECT_EQ(standing(), (Table{{"orders", 90}, {"orders-next", 5}}));
}

TEST_F(RouteWeightsTest, EachChangeIsLoggedWithWhoAskedForIt) {
  std::ostringstream out;
  telemetry::log::Redirect redirect(out);
  put("orders", R"({"orders": 1, "orders-next": -1})");
  EXPECT_EQ(out.str(), "");
  put("orders", R"({"orders": 0, "orders-next": 100})");
  EXPECT_THAT(out.str(), HasSubstr("route.weights route=orders"));
  EXPECT_THAT(out.str(), HasSubstr("by=127.0.0.1"));
  EXPECT_THAT(out.str(), HasSubstr("95"));
}

TEST_F(RouteWeightsTest, TheEndpointKnowsThePathAndStatusShowsBoth) {
  Standing standing;
  AdminHandler handler(testing::admin(), standing, {WallPoint(), 1}, AdminPorts());
  EXPECT_EQ(handler.answer(request("{}")).status, 503) << "before any configuration";
  for (auto& plan : published_.built.listeners) plan.connections = std::make_shared<ConnectionLimits>();
  standing.set(std::make_shared<const Published>(published_));
  EXPECT_EQ(handler.answer(request(R"({"orders": 50, "orders-next": 50})")).status, 200);
  auto wrong = request("");
  wrong.method = "GET";
  auto refused = handler.answer(wrong);
  EXPECT_EQ(refused.status, 405);
  wrong.path = "/status";
  auto routes = Json::parse(handler.answer(wrong).body)["routes"];
  EXPECT_EQ(routes["orders"]["to"].dump(), R"([{"upstream":"orders","weight":50,"configured":95},)"
                                           R"({"upstream":"orders-next","weight":50,"configured":5}])");
  EXPECT_EQ(routes["users"]["to"].dump(), R"([{"upstream":"orders","weight":1}])");
}

}  // namespace
}  // namespace sluice::server
