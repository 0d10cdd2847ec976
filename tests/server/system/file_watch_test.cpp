#include "server/system/file_watch.hpp"

#include <gtest/gtest.h>

#include "server/support/scratch.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

class FileWatchTest : public ::testing::Test {
 protected:
  // Lets the watch hear what happened, until it tells or `patience` is over.
  int changes(std::chrono::milliseconds patience = 5s) {
    int before = count_;
    context_.restart();
    auto until = std::chrono::steady_clock::now() + patience;
    while (count_ == before && std::chrono::steady_clock::now() < until) context_.run_for(10ms);
    return count_ - before;
  }

  testing::Scratch scratch_;
  boost::asio::io_context context_;
  int count_ = 0;
  FileWatch watch_{context_, 20ms, [this] { ++count_; }};
};

TEST_F(FileWatchTest, TellsOfAFileThatWasReplaced) {
  watch_.set({scratch_.write("a.yaml", "1")});
  scratch_.write("a.yaml", "2");
  EXPECT_EQ(changes(), 1);
}

TEST_F(FileWatchTest, TellsOfAFileThatWasWrittenInPlace) {
  watch_.set({scratch_.write("a.yaml", "1")});
  std::ofstream(scratch_ / "a.yaml") << "longer";
  EXPECT_EQ(changes(), 1);
}

TEST_F(FileWatchTest, SeveralChangesAtOnceAreOne) {
  watch_.set({scratch_.write("a.yaml", "1"), scratch_.write("b.yaml", "1")});
  scratch_.write("a.yaml", "2");
  scratch_.write("b.yaml", "2");
  EXPECT_EQ(changes(), 1);
  EXPECT_EQ(changes(100ms), 0);
}

TEST_F(FileWatchTest, ANeighbourThatAnIncludeMayMatchIsAChange) {
  watch_.set({scratch_.write("a.yaml", "1")});
  scratch_.write("b.yaml", "new");
  EXPECT_EQ(changes(), 1);
  std::filesystem::remove(scratch_ / "b.yaml");
  EXPECT_EQ(changes(), 1);
}

TEST_F(FileWatchTest, AnyOtherNeighbourIsNot) {
  watch_.set({scratch_.write("a.yaml", "1")});
  scratch_.write("access.log", "line");
  EXPECT_EQ(changes(150ms), 0);
}

// ..data is a link to a directory; an update makes another directory and swaps the link.
TEST_F(FileWatchTest, TellsOfALinkThatWasSwappedAsKubernetesDoes) {
  namespace fs = std::filesystem;
  for (auto* generation : {"one", "two"}) {
    fs::create_directory(scratch_ / generation);
    scratch_.write(std::string(generation) + "/token", generation);
  }
  fs::create_symlink("one", scratch_ / "..data");
  fs::create_symlink("..data/token", scratch_ / "token");
  watch_.set({scratch_ / "token"});
  fs::create_symlink("two", scratch_ / "..next");
  fs::rename(scratch_ / "..next", scratch_ / "..data");
  EXPECT_EQ(changes(), 1);
}

// A reload reads the old content, the editor writes, and only then the watch hears what to watch.
TEST_F(FileWatchTest, TellsOfAFileThatWasWrittenWhileItWasRead) {
  auto file = scratch_.write("a.yaml", "1");
  watch_.set({file});
  watch_.look();
  scratch_.write("a.yaml", "2");
  watch_.set({file});
  EXPECT_EQ(changes(), 1);
  EXPECT_EQ(changes(100ms), 0);
}

TEST_F(FileWatchTest, TellsOfANeighbourThatCameWhileItWasRead) {
  auto file = scratch_.write("a.yaml", "1");
  watch_.set({file});
  watch_.look();
  scratch_.write("b.yaml", "new");
  watch_.set({file});
  EXPECT_EQ(changes(), 1);
}

TEST_F(FileWatchTest, AFileThatIsNamedForTheFirstTimeIsNoChange) {
  auto token = scratch_.write("token", "1");
  auto file = scratch_.write("a.yaml", "1");
  watch_.set({file});
  watch_.look();
  watch_.set({file, token});
  EXPECT_EQ(changes(100ms), 0);
}

TEST_F(FileWatchTest, FollowsOtherFilesWhenTold) {
  std::filesystem::create_directory(scratch_ / "old");
  std::filesystem::create_directory(scratch_ / "new");
  watch_.set({scratch_.write("old/a.yaml", "1")});
  watch_.set({scratch_.write("new/a.yaml", "1")});
  scratch_.write("old/a.yaml", "2");
  EXPECT_EQ(changes(150ms), 0);
  scratch_.write("new/a.yaml", "2");
  EXPECT_EQ(changes(), 1);
}

}  // namespace
}  // namespace sluice::server
