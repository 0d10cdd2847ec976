#include "config/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "config/utf8.hpp"

namespace sluice::config {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto name = (fs::temp_directory_path() / "sluice-config-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { fs::remove_all(path_); }

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(DiskFiles, AreReadWholeUpToALimit) {
  TemporaryDirectory dir;
  std::string text(40000, 'x');
  auto file = dir.write("a", text);
  EXPECT_EQ(disk_files().read(file, 40000).text, text);
  EXPECT_EQ(disk_files().read(file, 40000).fault, "");
  auto too_long = disk_files().read(file, 39999);
  EXPECT_EQ(too_long.text, "");
  EXPECT_EQ(too_long.fault, "larger than 39999 bytes");
}

TEST(DiskFiles, SayWhyTheyCannotBeRead) {
  TemporaryDirectory dir;
  EXPECT_EQ(disk_files().read(dir.path() / "none", 10).fault, "No such file or directory");
  EXPECT_EQ(disk_files().read(dir.path(), 10).fault, "Is a directory");
}

TEST(DiskFiles, AreFoundByPatternInOrder) {
  TemporaryDirectory dir;
  auto b = dir.write("b.yaml", ""), a = dir.write("a.yaml", "");
  dir.write("c.txt", "");
  EXPECT_THAT(disk_files().match((dir.path() / "*.yaml").string()), ElementsAre(a, b));
  EXPECT_THAT(disk_files().match((dir.path() / "*.json").string()), IsEmpty());
  EXPECT_THAT(disk_files().match("no/such/file"), ElementsAre("no/such/file"));
}

TEST(ProcessEnvironment, TellsUnsetFromEmpty) {
  ::setenv("SLUICE_CONFIG_TEST_EMPTY", "", 1);
  EXPECT_EQ(process_environment()("SLUICE_CONFIG_TEST_EMPTY"), "");
  EXPECT_EQ(process_environment()("SLUICE_CONFIG_TEST_UNSET"), std::nullopt);
}

TEST(Utf8, KnowsWhatIsWellFormed) {
  for (auto fine : {"", "abc", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                    "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(first_fault(fine), std::string_view::npos) << fine;
  for (auto bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2x", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82x"})
    EXPECT_EQ(first_fault(bad), 0u) << bad;
  EXPECT_EQ(first_fault("ab\xC3\xA4\xFFx"), 4u);
}

}  // namespace
}  // namespace sluice::config
