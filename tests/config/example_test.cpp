// The files that people read first have to load.
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "config/route_order.hpp"

namespace sluice::config {
namespace {

Loaded load_from_tree(const std::string& path) {
  return load(std::string(SLUICE_SOURCE_DIR) + '/' + path, {}, disk_files(), process_environment());
}

TEST(Examples, TheDemonstrationLoads) {
  auto loaded = load_from_tree("config/sluice.yaml");
  for (auto& p : loaded.errors) ADD_FAILURE() << p.to_string();
  for (auto& p : loaded.warnings) ADD_FAILURE() << p.to_string();
  auto& c = *loaded.config;
  EXPECT_EQ(c.listeners.at("plain").bind.at(0).port, 8080);
  EXPECT_EQ(c.listeners.at("secure").bind.at(0).port, 8443);
  EXPECT_FALSE(c.listeners.at("secure").tls->certificates);
  EXPECT_TRUE(c.admin->bind.is_loopback());
  EXPECT_EQ(c.admin->bind.port, 9901);
  EXPECT_EQ(c.upstreams.at("echo").endpoints.size(), 2u);
  EXPECT_TRUE(c.upstreams.at("echo").health);
  EXPECT_EQ(compare(c.routes.at("user"), c.routes.at("everything")), Order::first);
}

TEST(Examples, EverythingThatIsUnderstoodLoads) {
  auto loaded = load_from_tree("tests/config/examples/everything.yaml");
  for (auto& p : loaded.errors) ADD_FAILURE() << p.to_string();
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->routes.size(), 6u);
  EXPECT_EQ(loaded.config->admin->token, "example");
}

}  // namespace
}  // namespace sluice::config
