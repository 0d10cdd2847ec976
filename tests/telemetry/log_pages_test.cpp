#include "telemetry/log_pages.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>

namespace sluice::telemetry {
namespace {

bool put(LogPages& pages, std::string_view line) {
  char* at = pages.reserve(line.size());
  if (at == nullptr) return false;
  std::memcpy(at, line.data(), line.size());
  pages.commit(at + line.size());
  return true;
}

std::string drained(LogPages& pages) {
  std::string all;
  pages.drain([&](std::string_view lines) {
    all += lines;
    return true;
  });
  return all;
}

TEST(LogPages, GiveEachByteOnce) {
  LogPages pages(2);
  EXPECT_EQ(drained(pages), "");
  put(pages, "one\n");
  EXPECT_EQ(drained(pages), "one\n");
  EXPECT_EQ(drained(pages), "");
  put(pages, "two\n");
  put(pages, "three\n");
  EXPECT_EQ(drained(pages), "two\nthree\n");
}

TEST(LogPages, TellWhenAPageIsFull) {
  LogPages pages(4);
  std::string half(LogPages::page_size / 2, 'x');
  put(pages, half);
  put(pages, half);
  EXPECT_FALSE(pages.take_turned());
  put(pages, half);
  EXPECT_TRUE(pages.take_turned());
  EXPECT_FALSE(pages.take_turned());
}

TEST(LogPages, RefuseWhenAllAreFullAndGoOnWhenOneIsEmpty) {
  LogPages pages(2);
  std::string page(LogPages::page_size, 'x');
  EXPECT_TRUE(put(pages, page));
  EXPECT_TRUE(put(pages, page));
  EXPECT_FALSE(put(pages, "y"));
  EXPECT_FALSE(put(pages, "y"));
  EXPECT_EQ(drained(pages).size(), 2 * page.size());
  EXPECT_TRUE(put(pages, "z"));
  EXPECT_EQ(drained(pages), "z");
}

TEST(LogPages, TakeALineAsLongAsAPage) {
  LogPages pages(2);
  put(pages, "short");
  EXPECT_TRUE(put(pages, std::string(LogPages::page_size, 'x')));
  EXPECT_EQ(drained(pages).size(), 5 + LogPages::page_size);
}

TEST(LogPages, CarryEverythingInOrderBetweenTwoThreads) {
  constexpr int lines = 200'000;
  LogPages pages(3);
  std::atomic<bool> done{false};
  std::thread worker([&] {
    for (int i = 0; i < lines; ++i)
      while (!put(pages, std::to_string(i) + "\n")) std::this_thread::yield();
    done = true;
  });
  std::string all;
  for (bool last = false; !last;) {
    last = done;
    all += drained(pages);
  }
  worker.join();
  std::string expected;
  for (int i = 0; i < lines; ++i) expected += std::to_string(i) + "\n";
  EXPECT_TRUE(all == expected);
}

}  // namespace
}  // namespace sluice::telemetry
