#include "telemetry/log_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string>

#include "telemetry/scratch.hpp"

namespace sluice::telemetry {
namespace {

std::string many_lines() {
  std::string lines;
  while (lines.size() < 3 * PIPE_BUF) lines.append(99, 'x').push_back('\n');
  return lines;
}

TEST(LogFile, TakesEverythingAtOnceWhereAWriteCannotWait) {
  Scratch scratch;
  auto lines = many_lines();
  for (auto path : {scratch / "log", std::string("/dev/null")}) {
    auto file = LogFile::open(path);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->portion(lines), lines) << path;
  }
}

TEST(LogFile, TakesWholeLinesOfWhatAPipeSurelyHasRoomFor) {
  Scratch scratch;
  auto path = scratch / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  int reader = open(path.c_str(), O_RDWR | O_NONBLOCK);
  auto file = LogFile::open(path);
  ASSERT_TRUE(file);
  auto lines = many_lines();
  EXPECT_EQ(file->portion(lines).size(), PIPE_BUF / 100 * 100);
  EXPECT_EQ(file->portion("short\n"), "short\n");
  std::string endless(2 * PIPE_BUF, 'x');
  EXPECT_EQ(file->portion(endless).size(), static_cast<std::size_t>(PIPE_BUF));
  close(reader);
}

TEST(LogFile, RefusesAFifoThatNobodyReads) {
  Scratch scratch;
  auto path = scratch / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(LogFile::open(path));
  EXPECT_EQ(errno, ENXIO);
}

TEST(LogFile, LeavesTheStandardDescriptorsOpen) {
  { auto file = LogFile::open("stderr"); }
  EXPECT_EQ(fcntl(STDERR_FILENO, F_GETFD), 0);
}

TEST(LogFile, ClosesWhatItReplaces) {
  Scratch scratch;
  auto file = LogFile::open(scratch / "one");
  int before = file->descriptor();
  file = LogFile::open(scratch / "two");
  EXPECT_NE(file->descriptor(), before);
  EXPECT_EQ(fcntl(before, F_GETFD), -1);
}

}  // namespace
}  // namespace sluice::telemetry
