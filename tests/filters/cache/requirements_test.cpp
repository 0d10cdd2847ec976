// The table of requirements names tests that exist.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

namespace sluice::filters::cache {
namespace {

const std::string root = SLUICE_SOURCE_DIR "/";

std::string text_of(const std::string& path) {
  std::ifstream in(root + path);
  EXPECT_TRUE(in) << path;
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

bool has_test(const std::string& source, const std::string& suite, const std::string& name) {
  auto tail = "(" + suite + ", " + name + ")";
  return source.find("TEST" + tail) != source.npos || source.find("TEST_F" + tail) != source.npos;
}

TEST(Requirements, NameTestsThatExist) {
  const std::string table = text_of("docs/filters/cache.md");
  const std::regex entry(R"(\]\(\.\./\.\./(tests/[\w/]+\.cpp)\) (\w+)\.(\w+))");
  unsigned found = 0;
  for (std::sregex_iterator it(table.begin(), table.end(), entry), end; it != end; ++it, ++found)
    EXPECT_TRUE(has_test(text_of((*it)[1]), (*it)[2], (*it)[3])) << it->str();
  EXPECT_GT(found, 100U);
}

}  // namespace
}  // namespace sluice::filters::cache
