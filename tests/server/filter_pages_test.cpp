// docs/filters has a page for each kind of filter, and says of its settings what the schema says.
// SLUICE_UPDATE_DOCS=1 in the environment writes those parts anew.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/load.hpp"
#include "server/filters.hpp"

namespace sluice::server {
namespace {

const auto directory = std::filesystem::path(SLUICE_SOURCE_DIR) / "docs/filters";
constexpr auto advice =
    "is not what the schemas say; SLUICE_UPDATE_DOCS=1 build/dev/tests/server/server_tests "
    "--gtest_filter='FilterPages.*' writes it anew";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The page with `text` between <!-- mark --> and <!-- /mark -->; empty where it has no such place.
std::string filled(const std::string& page, const std::string& mark, const std::string& text) {
  auto open = "<!-- " + mark + " -->", close = "<!-- /" + mark + " -->";
  auto from = page.find(open), to = page.find(close);
  if (from == page.npos || to == page.npos || to < from) return {};
  return page.substr(0, from) + open + '\n' + text + page.substr(to);
}

void expect_filled(const std::filesystem::path& path, const std::string& mark, const std::string& text) {
  auto page = text_of(path);
  ASSERT_FALSE(page.empty()) << path << " is missing";
  auto wanted = filled(page, mark, text);
  ASSERT_FALSE(wanted.empty()) << path << " has no <!-- " << mark << " --> and <!-- /" << mark << " -->";
  if (std::getenv("SLUICE_UPDATE_DOCS")) {
    std::ofstream(path) << wanted;
    page = text_of(path);
  }
  EXPECT_TRUE(page == wanted) << path << ' ' << advice;
}

std::string index_row(const FilterKind& kind) {
  auto name = std::string(kind.schema.name);
  auto& traits = kind.schema.traits;
  auto yes = [](bool is) { return is ? " | yes" : " | "; };
  return "| [`" + name + "`](" + name + ".md) | " + std::string(kind.schema.schema->doc) +
         yes(traits.decides) + yes(traits.guards) + yes(traits.repeatable) + " |\n";
}

TEST(FilterPages, EachKindHasOneWithItsSettings) {
  for (auto& kind : filter_kinds())
    expect_filled(directory / (std::string(kind.schema.name) + ".md"), "settings",
                  config::settings_markdown(kind.schema));
}

TEST(FilterPages, ThereIsNoneWithoutAKind) {
  for (auto& file : std::filesystem::directory_iterator(directory)) {
    auto name = file.path().stem().string();
    EXPECT_TRUE(name == "README" || find_filter(filter_kinds(), name))
        << name << ".md is about no kind of filter";
  }
}

TEST(FilterPages, TheIndexHasEachKindAndWhatAllHave) {
  std::string index = "| kind | what it does | has a shadow | guards | repeatable |\n|---|---|---|---|---|\n";
  for (auto& kind : filter_kinds()) index += index_row(kind);
  expect_filled(directory / "README.md", "kinds", index);
  expect_filled(directory / "README.md", "common", config::common_settings_markdown());
}

}  // namespace
}  // namespace sluice::server
