// golden/<case>.yaml is a configuration, golden/<case>.errors is exactly what is said about it, warnings
// included. SLUICE_UPDATE_GOLDEN=1 in the environment writes the .errors files anew; read the difference
// before committing it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/load.hpp"
#include "config/sample_filters.hpp"

namespace sluice::config {
namespace {

const std::filesystem::path directory = std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/config/golden";

// So that messages name files as they are named inside the directory.
class GoldenFiles final : public FileReader {
 public:
  FileText read(const std::filesystem::path& path, std::size_t limit) override {
    return disk_files().read(directory / path, limit);
  }
  std::vector<std::filesystem::path> match(const std::string& pattern) override {
    auto found = disk_files().match((directory / pattern).string());
    for (auto& path : found) path = path.lexically_relative(directory);
    return found;
  }
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string said_about(const std::string& file) {
  GoldenFiles files;
  auto loaded =
      load(file, sample_filters, files, variables({{"PORT", "8080"}, {"EMPTY", ""}, {"WORD", "five"}}));
  std::string all;
  for (auto& p : loaded.errors) all += p.to_string() + '\n';
  for (auto& p : loaded.warnings) all += "warning: " + p.to_string() + '\n';
  return all;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (auto& file : std::filesystem::directory_iterator(directory))
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  std::ranges::sort(names);
  return names;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, SaysExactlyThis) {
  auto expected = directory / (GetParam() + ".errors");
  auto said = said_about(GetParam() + ".yaml");
  if (std::getenv("SLUICE_UPDATE_GOLDEN")) std::ofstream(expected) << said;
  EXPECT_EQ(text_of(expected), said) << "SLUICE_UPDATE_GOLDEN=1 build/dev/tests/config/config_tests "
                                        "--gtest_filter='*Golden*' writes it anew";
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases()), [](const auto& test) {
  auto name = test.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(GoldenFiles, AreManyAndEachSaysSomething) {
  EXPECT_GE(cases().size(), 60u);
  for (auto& name : cases())
    EXPECT_EQ(text_of(directory / (name + ".errors")).empty(), name.starts_with("fine")) << name;
}

}  // namespace
}  // namespace sluice::config
