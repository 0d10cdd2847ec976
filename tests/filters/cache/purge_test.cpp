#include "filters/cache/store_fixture.hpp"

namespace sluice::filters::cache {
namespace {

constexpr auto url = "https://a.example/x";

TEST(Purge, ByUrlTakesAllKeysAndVariants) {
  Storing s;
  std::string ann = std::string(url) + "|ann";
  auto size = std::string_view(url).size();
  s.put(url, "all");
  s.put({ann, size}, "ann");
  s.put(url, "left", {{"Vary", "Side"}}, {{"Side", "left"}});
  s.put("https://a.example/x2", "other");
  EXPECT_EQ(s.store->purge_url(url, Purge::hard), 3u);
  EXPECT_FALSE(s.find(url));
  EXPECT_FALSE(s.find({ann, size}));
  EXPECT_TRUE(s.find("https://a.example/x2"));
  EXPECT_EQ(s.store->purge_url(url, Purge::hard), 0u);
  EXPECT_EQ(s.store->entries(), 1u);
}

TEST(Purge, ByPrefixOfTheUrl) {
  Storing s({.size = mebibytes(64)});
  for (int i = 0; i < 500; ++i) s.put("https://a.example/list/" + std::to_string(i), "x");
  s.put("https://a.example/other", "x");
  EXPECT_EQ(s.store->purge_prefix("https://a.example/list/", Purge::soft), 500u);
  EXPECT_EQ(s.store->purge_prefix("https://a.example/list/", Purge::hard), 500u);
  EXPECT_EQ(s.store->entries(), 1u);
  EXPECT_EQ(s.store->purge_prefix("", Purge::hard), 1u);
}

TEST(Purge, ByTag) {
  Storing s({.size = mebibytes(64)});
  for (int i = 0; i < 500; ++i)
    s.put("https://a.example/" + std::to_string(i), "x",
          {{"Surrogate-Key", i % 2 ? "odd all" : "even all"}, {"Cache-Tag", "some, more tags"}});
  EXPECT_EQ(s.store->purge_tag("od", Purge::hard), 0u);
  EXPECT_EQ(s.store->purge_tag("odd", Purge::hard), 250u);
  EXPECT_FALSE(s.find("https://a.example/1"));
  EXPECT_TRUE(s.find("https://a.example/2"));
  EXPECT_EQ(s.store->purge_tag("more tags", Purge::hard), 250u);
  EXPECT_EQ(s.store->purge_tag("all", Purge::hard), 0u);
}

TEST(Purge, SoftlyMarksStaleUntilARefresh) {
  Storing s;
  s.put(url, "x", {{"Cache-Tag", "t"}});
  EXPECT_FALSE(s.find(url)->stale());
  EXPECT_EQ(s.store->purge_tag("t", Purge::soft), 1u);
  EXPECT_EQ(s.store->purge_tag("t", Purge::soft), 0u) << "it was so already";
  auto stale = s.find(url);
  ASSERT_TRUE(stale);
  EXPECT_TRUE(stale->stale());
  auto lead = s.store->try_lead(key_of(url), Head().fields);
  Head head;
  lead.refresh(stale, StoredHead{.status = 200, .fields = head.fields});
  EXPECT_FALSE(s.find(url)->stale());
}

TEST(Purge, OfManyAnswersOfOneUrl) {
  Storing s({.size = mebibytes(64)});
  auto size = std::string_view(url).size();
  for (int i = 0; i < 3'000; ++i) s.put({std::string(url) + std::to_string(i), size}, "x");
  EXPECT_EQ(s.store->purge_url(url, Purge::soft), 3'000u);
  EXPECT_EQ(s.store->purge_url(url, Purge::hard), 3'000u);
  EXPECT_EQ(s.store->entries(), 0u);
}

TEST(Purge, OfWhatIsBeingFilled) {
  Storing s;
  kit::Pipe pipe;
  auto entry = s.begin(url, pipe);
  Reading reading(entry->reader(s.worker()));
  pipe.push("te");
  s.loop.spin();
  EXPECT_EQ(s.store->purge_url(url, Purge::hard), 1u);
  EXPECT_FALSE(s.find(url));
  pipe.push("xt", true);
  s.loop.spin();
  EXPECT_EQ(reading.text, "text");
  EXPECT_TRUE(reading.ended);
  EXPECT_FALSE(s.find(url));
}

TEST(Purge, SoftlyOfWhatIsBeingFilledStaysInItsOnePiece) {
  Storing s;
  kit::Pipe pipe;
  s.begin(url, pipe);
  s.store->purge_url(url, Purge::soft);
  pipe.push("text", true);
  s.loop.spin();
  ASSERT_TRUE(s.find(url));
  EXPECT_TRUE(s.find(url)->stale());
}

// ---- of what is not there yet

struct Flying : Storing {
  Head tagged{{"Cache-Tag", "t"}};
  Lead lead = store->try_lead(key_of(url), Head().fields);

  // The answer arrives after the purge; who waited gets it.
  void answer() {
    Joining waiter(*store, worker(), key_of(url), tagged.fields, soon());
    loop.spin();
    auto entry = fill(lead, tagged, 4, std::make_unique<MemoryBody>("text"));
    loop.spin();
    EXPECT_EQ(text_of(waiter.stored()), "text");
    EXPECT_EQ(text_of(entry), "text");
  }
};

TEST(Purge, KeepsAnAnswerUnderWayOut) {
  auto purges = std::vector<std::function<void(CacheStore&)>>{
      [](CacheStore& c) { c.purge_url(url, Purge::hard); },
      [](CacheStore& c) { c.purge_prefix("https://a.", Purge::hard); },
      [](CacheStore& c) { c.purge_tag("t", Purge::hard); }};
  for (auto& purge : purges) {
    Flying s;
    purge(*s.store);
    s.answer();
    EXPECT_FALSE(s.find(url));
    EXPECT_EQ(s.store->entries(), 0u);
  }
}

TEST(Purge, SoftlyMarksAnAnswerUnderWay) {
  Flying s;
  s.store->purge_tag("t", Purge::soft);
  s.answer();
  ASSERT_TRUE(s.find(url));
  EXPECT_TRUE(s.find(url)->stale());
}

TEST(Purge, OfOthersLeavesAnAnswerUnderWay) {
  Flying s;
  s.store->purge_tag("u", Purge::hard);
  s.store->purge_url("https://a.example/xy", Purge::hard);
  s.store->purge_prefix("https://b.", Purge::hard);
  s.answer();
  ASSERT_TRUE(s.find(url));
  EXPECT_FALSE(s.find(url)->stale());
}

TEST(Purge, MoreThanAreRememberedKeepAnAnswerOut) {
  Flying s;
  for (int i = 0; i < 300; ++i) s.store->purge_tag("u" + std::to_string(i), Purge::hard);
  s.answer();
  EXPECT_FALSE(s.find(url));
}

TEST(Purge, BeforeANewLeaderAskedDoesNotMatter) {
  Flying s;
  Joining waiter(*s.store, s.worker(), key_of(url), s.tagged.fields, s.soon());
  s.loop.spin();
  s.store->purge_url(url, Purge::hard);
  s.lead = Lead();
  s.loop.spin();
  ASSERT_TRUE(waiter.leads());
  s.fill(waiter.lead(), s.tagged, 4, std::make_unique<MemoryBody>("text"));
  s.loop.spin();
  EXPECT_TRUE(s.find(url));
}

TEST(CacheTags, AreReadFromBothFields) {
  Head head{{"Surrogate-Key", " b  a\tb"}, {"cache-tag", "c d ,, e,a"}, {"Surrogate-Key", "f"}};
  EXPECT_EQ(cache_tags(head.fields), (std::vector<std::string_view>{"a", "b", "c d", "e", "f"}));
}

}  // namespace
}  // namespace sluice::filters::cache
