// Files of endpoints: what is read, and where each error is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/discover.hpp"

using namespace sluice;
using namespace sluice::config;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

struct OneFile final : FileReader {
  FileText file;
  explicit OneFile(std::string text) { file.text = std::move(text); }
  FileText read(const std::filesystem::path&, std::size_t) override { return file; }
  std::vector<std::filesystem::path> match(const std::string&) override { return {}; }
};

EndpointFile load(const std::string& text) {
  OneFile file(text);
  return load_endpoints("orders.yaml", file);
}

std::vector<std::string> errors(const std::string& text) {
  auto loaded = load(text);
  EXPECT_THAT(loaded.endpoints, IsEmpty());
  std::vector<std::string> all;
  for (auto& e : loaded.errors) all.push_back(e.to_string());
  return all;
}

}  // namespace

TEST(EndpointFile, ReadsWhatTheConfigurationSpellsAlike) {
  auto loaded = load(
      "endpoints:\n"
      "  - http://10.0.0.11:8080\n"
      "  - { url: \"https://b.internal\", weight: 3, zone: eu-1, tier: 1 }\n"
      "  - unix:/run/orders.sock\n");
  EXPECT_THAT(loaded.errors, IsEmpty());
  ASSERT_EQ(loaded.endpoints.size(), 3u);
  EXPECT_EQ(loaded.endpoints[0].url.to_string(), "http://10.0.0.11:8080");
  EXPECT_EQ(loaded.endpoints[0].weight, 1u);
  EXPECT_TRUE(loaded.endpoints[1].url.tls);
  EXPECT_EQ(loaded.endpoints[1].weight, 3u);
  EXPECT_EQ(loaded.endpoints[1].zone, "eu-1");
  EXPECT_EQ(loaded.endpoints[1].tier, 1u);
}

TEST(EndpointFile, ReadsJson) {
  auto loaded = load(
      "{\n\t\"endpoints\": [\n\t\t{ \"url\": \"http://10.0.0.1:80\", \"weight\": 2 },\n"
      "\t\t\"http://10.0.0.2:80\"\n\t]\n}\n");
  EXPECT_THAT(loaded.errors, IsEmpty());
  ASSERT_EQ(loaded.endpoints.size(), 2u);
  EXPECT_EQ(loaded.endpoints[0].weight, 2u);
}

TEST(EndpointFile, EveryErrorHasItsPlace) {
  EXPECT_THAT(
      errors("endpoints:\n  - http://10.0.0.1:80\n  - { url: \"ftp://b\", weigth: 2 }\n  - { weight: 0 }\n"),
      ElementsAre(
          "orders.yaml:3:12: endpoints[1].url: expected an endpoint such as http://10.0.0.11:8080, "
          "https://example.com or unix:/run/app.sock, without a path, found 'ftp://b'",
          "orders.yaml:3:23: endpoints[1].weigth: unknown key (did you mean 'weight'?)",
          "orders.yaml:4:5: endpoints[2]: missing key 'url'",
          "orders.yaml:4:15: endpoints[2].weight: expected a whole number from 1 to 1000, found '0'"));
}

TEST(EndpointFile, AnEmptyListIsAnError) {
  EXPECT_THAT(errors("endpoints: []\n"),
              ElementsAre("orders.yaml:1:1: endpoints: expected at least one endpoint"));
  EXPECT_THAT(errors(""), ElementsAre("orders.yaml:1:1: missing key 'endpoints'"));
}

TEST(EndpointFile, AnEndpointIsThereOnce) {
  EXPECT_THAT(errors("endpoints: [\"http://a:1\", \"http://a:1\"]\n"),
              ElementsAre("orders.yaml:1:1: endpoints: 'http://a:1' is there twice"));
}

TEST(EndpointFile, WhatIsNoYamlSaysWhere) {
  EXPECT_THAT(errors("endpoints: [\n  \"http://a:1\"\n"),
              ElementsAre("orders.yaml:3:1: not YAML: end of sequence flow not found"));
  EXPECT_THAT(errors("- http://a:1\n"), ElementsAre("orders.yaml:1:1: expected a map, found a list"));
}

TEST(EndpointFile, AFileThatCannotBeReadSaysWhy) {
  OneFile file("");
  file.file.fault = "No such file or directory";
  auto loaded = load_endpoints("/nowhere/orders.yaml", file);
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_EQ(loaded.errors[0].to_string(), "/nowhere/orders.yaml: cannot read: No such file or directory");
}
