// What the store counts, against its bound and against what the system says.
#include <unistd.h>

#include <deque>
#include <fstream>
#include <random>

#include "filters/cache/store_fixture.hpp"
#include "kit/allocations.hpp"

namespace sluice::filters::cache {
namespace {

constexpr auto url = "https://a.example/x";

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Mostly a few KiB, now and then much more.
std::size_t some_size(std::mt19937& random) {
  return random() % 100 == 0 ? random() % (1 << 20) : random() % 4096;
}

TEST(StoreMemory, AScanStaysInsideTheBound) {
  constexpr auto bound = mebibytes(32);
  auto before = resident_bytes();
  Storing s({.size = bound, .max_entry = mebibytes(1)});
  std::mt19937 random(1);
  std::deque<StoredPtr> held;
  std::uint64_t stored = 0, most = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto size = some_size(random);
    auto name = "https://a.example/" + std::to_string(i);
    kit::Pipe pipe;
    if (i % 3 == 0) {
      s.begin(name, pipe);
      pipe.push(std::string(size, 'x'), true);
      s.loop.spin();
      held.push_back(s.find(name));
    } else {
      held.push_back(s.put(name, std::string(size, 'x')));
    }
    stored += size;
    most = std::max(most, s.store->bytes());
    if (held.size() > 20) held.pop_front();
  }
  EXPECT_GT(stored, 10 * bound.bytes);
  EXPECT_LE(most, bound.bytes);
  EXPECT_GT(most, bound.bytes * 9 / 10) << "and uses it";
  EXPECT_GT(s.store->entries(), 2'000u);
#if SLUICE_COUNTS_ALLOCATIONS
  auto grown = resident_bytes() - before;
  RecordProperty("resident", std::to_string(grown));
  EXPECT_LT(grown, bound.bytes * 5 / 4);
#else
  (void)before;
#endif
}

TEST(StoreMemory, ASmallResponseHasASmallOverhead) {
  Storing s;
  Head head{{"Content-Type", "application/json"},
            {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
            {"ETag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""},
            {"Cache-Control", "public, max-age=60"},
            {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
            {"Server", "origin"},
            {"X-Request-Cost", "1"},
            {"Vary", "Accept-Encoding"}};
  std::uint64_t given = 0;
  auto empty = s.store->bytes();
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i) {
    auto name = "https://api.example.com/items/" + std::to_string(i);
    auto stored = s.put(name, std::string(1024, 'x'), head);
    given += 1024 + name.size() + stored->variant().size();
    for (auto& f : head.fields) given += f.name.size() + f.value.size();
  }
  auto each = (s.store->bytes() - empty - given) / count;
  auto tables = empty / (mebibytes(256).bytes / 2048);  // by the entries that they are made for
  RecordProperty("overhead", std::to_string(each));
  RecordProperty("share_of_tables", std::to_string(tables));
  EXPECT_LT(each + tables, 300u);
}

TEST(StoreMemory, WhatIsHeldIsNotEvicted) {
  Storing s({.size = mebibytes(1), .max_entry = mebibytes(1)});
  std::vector<StoredPtr> held;
  std::string body(100'000, 'x');
  for (int i = 0;; ++i) {
    auto stored = s.put("https://a.example/" + std::to_string(i), body);
    if (!stored) break;
    held.push_back(stored);
    ASSERT_LT(i, 11);
  }
  EXPECT_GE(held.size(), 8u);
  EXPECT_EQ(s.store->entries(), held.size());
  held.erase(held.begin());
  EXPECT_TRUE(s.put(url, body)) << "there is room again";
}

TEST(StoreMemory, WhatIsUsedSurvivesAScan) {
  Storing s({.size = mebibytes(4), .max_entry = mebibytes(1)});
  std::string body(1000, 'x');
  for (int i = 0; i < 100; ++i) s.put("https://a.example/used/" + std::to_string(i), body);
  for (int n = 0; n < 100'000; ++n) {
    s.put("https://a.example/scan/" + std::to_string(n), body);
    if (n % 10 == 0) s.find("https://a.example/used/" + std::to_string(n / 10 % 100));
  }
  int left = 0;
  for (int i = 0; i < 100; ++i) left += s.find("https://a.example/used/" + std::to_string(i)) != nullptr;
  EXPECT_GE(left, 95);
}

TEST(StoreMemory, FormsCount) {
  Storing s;
  auto stored = s.put(url, std::string(1000, 'x'));
  auto before = s.store->bytes();
  EXPECT_FALSE(stored->form("gzip"));
  stored->keep("gzip", std::make_shared<const std::string>(5000, 'z'));
  stored->keep("gzip", std::make_shared<const std::string>("another"));
  EXPECT_GE(s.store->bytes(), before + 5000);
  auto form = stored->form("gzip");
  EXPECT_EQ(form->size(), 5000u) << "the first stays";
  s.store->purge_url(url, Purge::hard);
  stored.reset();
  EXPECT_GE(s.store->bytes(), before - 2000 + 5000) << "somebody sends it";
  form.reset();
  EXPECT_LT(s.store->bytes(), before);
}

TEST(StoreMemory, FormsFindNoRoomAboveTheBound) {
  Storing s({.size = mebibytes(1)});
  auto stored = s.put(url, "x");
  stored->keep("br", std::make_shared<const std::string>(2 << 20, 'z'));
  EXPECT_FALSE(stored->form("br"));
  EXPECT_TRUE(s.find(url));
}

TEST(StoreMemory, FindAllocatesNothing) {
  Storing s;
  Head vary{{"Vary", "Accept-Encoding"}}, request{{"Accept-Encoding", "br;q=0.5, gzip"}};
  s.put(url, "x");
  s.put("https://a.example/v", "x", vary, {{"Accept-Encoding", "gzip"}});
  auto before = kit::allocations();
  EXPECT_TRUE(s.find(key_of(url), request));
  for (int i = 0; i < 10; ++i) (void)s.store->find(key_of("https://a.example/v"), request.fields);
  EXPECT_EQ(kit::allocations(), before);
}

TEST(StoreMemory, IsMeasured) {
  kit::Pipe pipe;
  Storing s({.size = mebibytes(1)});
  s.put(url, std::string(1000, 'x'));
  EXPECT_EQ(s.level("sluice_cache_entries"), 1);
  EXPECT_EQ(s.level("sluice_cache_bytes"), static_cast<double>(s.store->bytes()));
  s.begin("https://a.example/y", pipe);
  EXPECT_EQ(s.level("sluice_cache_fills"), 1);
  pipe.finish();
  s.loop.spin();
  EXPECT_EQ(s.level("sluice_cache_fills"), 0);
  EXPECT_EQ(s.store->purge_prefix("", Purge::hard), 2u);
  EXPECT_EQ(s.level("sluice_cache_purged_total"), 2);
  EXPECT_EQ(s.level("sluice_cache_entries"), 0);
  for (int i = 0; i < 20; ++i) s.put("https://a.example/" + std::to_string(i), std::string(100'000, 'x'));
  EXPECT_EQ(s.level("sluice_cache_evictions_total"), 20 - static_cast<double>(s.store->entries()));
}

}  // namespace
}  // namespace sluice::filters::cache
