#include "filters/cache/cache_store.hpp"

#include "filters/cache/store_fixture.hpp"

namespace sluice::filters::cache {
namespace {

constexpr auto url = "https://a.example/x";

TEST(CacheStore, GivesWhatWasStored) {
  Storing s;
  EXPECT_FALSE(s.find(url));
  Head head{{"Content-Type", "text/plain"}, {"ETag", "\"1\""}, {"X-Empty", ""}};
  ASSERT_TRUE(s.put(url, "hello", head));
  auto stored = s.find(url);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->status(), 200);
  EXPECT_EQ(stored->length(), 5u);
  EXPECT_TRUE(stored->complete());
  EXPECT_EQ(stored->received(), s.loop.timers.now());
  EXPECT_EQ(stored->key().text, url);
  std::string lines;
  for (Field f : stored->fields()) lines.append(f.name).append("=").append(f.value).append(";");
  EXPECT_EQ(lines, "Content-Type=text/plain;ETag=\"1\";X-Empty=;");
  EXPECT_EQ(stored->fields().get(FieldId::etag), "\"1\"");
  EXPECT_EQ(s.text_of(stored), "hello");
  EXPECT_EQ(s.store->entries(), 1u);
  EXPECT_FALSE(s.find("https://a.example/y"));
}

TEST(CacheStore, TellsKeysOfOneUrlApart) {
  Storing s;
  std::string ann = "https://a.example/x|ann", bob = "https://a.example/x|bob";
  std::size_t size = std::string_view(url).size();
  s.put({ann, size}, "for ann");
  s.put({bob, size}, "for bob");
  EXPECT_EQ(s.text_of(s.find({ann, size})), "for ann");
  EXPECT_EQ(s.text_of(s.find({bob, size})), "for bob");
  EXPECT_FALSE(s.find(url));
}

TEST(CacheStore, TheNewerAnswerTakesThePlaceOfTheOlder) {
  Storing s;
  s.put(url, "old");
  auto old = s.find(url);
  s.put(url, "new");
  EXPECT_EQ(s.text_of(s.find(url)), "new");
  EXPECT_EQ(s.text_of(old), "old");  // for who has it
  EXPECT_EQ(s.store->entries(), 1u);
}

TEST(CacheStore, KeepsVariantsApart) {
  Storing s;
  Head vary{{"Vary", "X-Side"}};
  s.put(url, "left", vary, {{"X-Side", "left"}});
  s.put(url, "right", vary, {{"X-Side", "right"}});
  EXPECT_EQ(s.text_of(s.find(url, {{"X-Side", "left"}})), "left");
  EXPECT_EQ(s.text_of(s.find(url, {{"X-Side", "right"}})), "right");
  EXPECT_FALSE(s.find(url, {{"X-Side", "up"}}));
  EXPECT_FALSE(s.find(url));
  EXPECT_EQ(s.store->entries(), 2u);
}

TEST(CacheStore, TheNewestOfTheVariantsThatMatchWins) {
  Storing s;
  s.put(url, "by a", {{"Vary", "A"}}, {{"A", "1"}, {"B", "1"}});
  s.put(url, "by b", {{"Vary", "B"}}, {{"A", "1"}, {"B", "1"}});
  EXPECT_EQ(s.text_of(s.find(url, {{"A", "1"}, {"B", "1"}})), "by b");
  EXPECT_EQ(s.text_of(s.find(url, {{"A", "1"}, {"B", "2"}})), "by a");
}

TEST(CacheStore, KeepsABoundedNumberOfVariants) {
  Storing s;
  for (int i = 0; i < 100; ++i)
    s.put(url, "v" + std::to_string(i), {{"Vary", "N"}}, {{"N", std::to_string(i)}});
  EXPECT_EQ(s.store->entries(), max_variants);
  EXPECT_FALSE(s.find(url, {{"N", "35"}}));
  EXPECT_EQ(s.text_of(s.find(url, {{"N", "36"}})), "v36");
  EXPECT_EQ(s.text_of(s.find(url, {{"N", "99"}})), "v99");
}

TEST(CacheStore, StoresAnswersWithoutABody) {
  Storing s;
  auto lead = s.store->try_lead(key_of(url), Head().fields);
  auto stored = s.fill(lead, {}, 0, nullptr);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->complete());
  EXPECT_EQ(s.text_of(s.find(url)), "");
}

TEST(CacheStore, AValidationGivesABodyAnotherHead) {
  Storing s;
  s.put(url, "body", {{"ETag", "\"1\""}, {"Age", "5"}});
  auto old = s.find(url);
  old->keep("gzip", std::make_shared<const std::string>("zipped"));
  for (int i = 0; i < 3; ++i) {
    auto now = s.find(url);
    auto lead = s.store->try_lead(key_of(url), Head().fields);
    Head head{{"ETag", "\"1\""}, {"X-Turn", "later"}};
    StoredHead fresh{.status = 200, .fields = head.fields};
    ASSERT_TRUE(lead.refresh(now, fresh));
    EXPECT_FALSE(lead);
  }
  old.reset();
  auto stored = s.find(url);
  EXPECT_EQ(stored->fields().get(FieldId::age).data(), nullptr);
  EXPECT_EQ(s.text_of(stored), "body");
  EXPECT_EQ(stored->length(), 4u);
  EXPECT_EQ(*stored->form("gzip"), "zipped");
  EXPECT_EQ(s.store->entries(), 1u);
}

TEST(CacheStore, IsOneForTheProcess) {
  Keepsakes keepsakes;
  telemetry::Metrics metrics{1};
  auto one = CacheStore::open(keepsakes, {}, 1, metrics);
  auto two = CacheStore::open(keepsakes, {}, 1, metrics);
  EXPECT_EQ(one, two);
}

TEST(CacheStore, DoesNotStoreWhatIsTooLong) {
  Storing s({.size = mebibytes(8), .max_entry = kibibytes(64)});
  EXPECT_FALSE(s.put(url, std::string(65 * 1024, 'x')));
  EXPECT_TRUE(s.put(url, std::string(64 * 1024, 'x')));
  // Nor text that is longer than any request's or answer's head.
  std::string long_value(70'000, 'v'), long_url(70'000, 'u');
  EXPECT_FALSE(s.put("https://a.example/y", "y", {{"X", long_value}}));
  EXPECT_FALSE(s.put(long_url, "z"));
}

TEST(CacheStore, ABodyThatIsNotStoredStaysTheCallers) {
  Storing s({.size = mebibytes(8), .max_entry = kibibytes(1)});
  auto lead = s.store->try_lead(key_of(url), Head().fields);
  BodyPtr body = std::make_unique<MemoryBody>(std::string(2000, 'x'));
  SnapshotPin pin;
  Head head;
  StoredHead stored{.fields = head.fields, .length = 2000};
  EXPECT_FALSE(lead.fill(s.worker(), stored, body, pin));
  EXPECT_FALSE(lead);
  ASSERT_TRUE(body);
  EXPECT_TRUE(s.store->try_lead(key_of(url), Head().fields));  // the flight is over
}

TEST(CacheStore, CountsWhatItHolds) {
  Storing s;
  auto empty = s.store->bytes();
  s.put(url, std::string(1000, 'x'));
  EXPECT_GT(s.store->bytes(), empty + 1000);
  auto reader = s.find(url);
  s.store->purge_url(url, Purge::hard);
  EXPECT_GT(s.store->bytes(), empty + 1000) << "it is still held";
  reader.reset();
  EXPECT_EQ(s.store->bytes(), empty);
}

TEST(CacheStore, OutlivedByWhatWasTakenFromIt) {
  Storing s;
  s.put(url, "hello");
  auto stored = s.find(url);
  s.store.reset();
  EXPECT_EQ(s.text_of(stored), "hello");
}

}  // namespace
}  // namespace sluice::filters::cache
