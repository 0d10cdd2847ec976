#include "filters/cache/purge_rules.hpp"

#include <gtest/gtest.h>

namespace sluice::filters::cache {
namespace {

using By = PurgeRule::By;
using Tags = std::vector<std::string_view>;

TEST(PurgeRule, IsToldAndUnderstood) {
  for (auto by : {By::url, By::prefix, By::tag})
    for (auto how : {Purge::hard, Purge::soft})
      for (auto* text : {"", "https://a/b?c", "tag with \"quotes\""}) {
        PurgeRule rule{by, how, text};
        EXPECT_EQ(purge_of(notice_of(rule)), rule);
      }
}

TEST(PurgeRule, AnythingElseIsNone) {
  for (auto* text : {"", "purge", "purge ", "purge u", "purge xh", "purge ux", "Purge uhx", "something else"})
    EXPECT_FALSE(purge_of(text)) << text;
}

struct Rules : testing::Test {
  PurgeRules rules;
  std::optional<Purge> judge(std::uint64_t since, const Tags& tags = {},
                             std::string_view url = "http://a/b/c") const {
    return rules.judge(url, tags, since);
  }
};

TEST_F(Rules, WhatWasAskedForBeforeIsPurged) {
  rules.add({By::url, Purge::hard, "http://a/b/c"}, 10);
  EXPECT_EQ(judge(9), Purge::hard);
  EXPECT_EQ(judge(10), std::nullopt);
  EXPECT_EQ(judge(9, {}, "http://a/b/c?d"), std::nullopt);
  EXPECT_EQ(judge(9, {}, "http://a/b"), std::nullopt);
}

TEST_F(Rules, ByAnyOfItsTags) {
  rules.add({By::tag, Purge::soft, "news"}, 10);
  EXPECT_EQ(judge(9, {"sport", "news"}), Purge::soft);
  EXPECT_EQ(judge(10, {"sport", "news"}), std::nullopt);
  EXPECT_EQ(judge(9, {"new", "newsy"}), std::nullopt);
}

TEST_F(Rules, ByAnyPrefixOfItsUrl) {
  rules.add({By::prefix, Purge::hard, "http://a/"}, 10);
  rules.add({By::prefix, Purge::soft, "http://a/b/c"}, 20);
  rules.add({By::prefix, Purge::hard, "http://a/b/c/d"}, 30);
  rules.add({By::prefix, Purge::hard, "http://b"}, 40);
  EXPECT_EQ(judge(9), Purge::hard);
  EXPECT_EQ(judge(10), Purge::soft);
  EXPECT_EQ(judge(20), std::nullopt);
}

TEST_F(Rules, EverythingIsTheEmptyPrefix) {
  rules.add(purge_of_everything(), 10);
  EXPECT_EQ(judge(9), Purge::hard);
  EXPECT_EQ(judge(10), std::nullopt);
}

TEST_F(Rules, HardCountsMoreThanSoftWhicheverWasLater) {
  rules.add({By::url, Purge::hard, "http://a/b/c"}, 10);
  rules.add({By::url, Purge::soft, "http://a/b/c"}, 20);
  EXPECT_EQ(judge(9), Purge::hard);
  EXPECT_EQ(judge(10), Purge::soft);
  EXPECT_EQ(rules.size(), 1u);
}

TEST_F(Rules, TheLaterPlaceCounts) {
  rules.add({By::url, Purge::hard, "http://a/b/c"}, 20);
  rules.add({By::url, Purge::hard, "http://a/b/c"}, 10);
  EXPECT_EQ(judge(19), Purge::hard);
}

TEST_F(Rules, WhatIsUntoldIsLaterThanEverything) {
  PurgeRule rule{By::url, Purge::hard, "http://a/b/c"};
  rules.add_untold(rule);
  rules.add(rule, 5);
  EXPECT_EQ(judge(1'000'000), Purge::hard);
  rules.clear();
  EXPECT_EQ(judge(1'000'000), Purge::hard);
  rules.told(rule, 10);
  EXPECT_EQ(judge(10), std::nullopt);
  EXPECT_EQ(judge(9), Purge::hard);
}

TEST_F(Rules, UntoldTwiceIsToldTwice) {
  PurgeRule rule{By::tag, Purge::soft, "t"};
  rules.add_untold(rule);
  rules.add_untold(rule);
  rules.told(rule, 10);
  EXPECT_EQ(judge(10, {"t"}), Purge::soft) << "the other is still to be told";
  rules.drop(rule);
  EXPECT_EQ(judge(10, {"t"}), std::nullopt);
  EXPECT_EQ(judge(9, {"t"}), Purge::soft);
}

TEST_F(Rules, OldOnesAreForgotten) {
  rules.add({By::prefix, Purge::hard, "http://a"}, 10);
  rules.add({By::prefix, Purge::hard, "http://b"}, 20);
  rules.add({By::tag, Purge::hard, "t"}, 10);
  rules.add({By::url, Purge::hard, "u"}, 11);
  rules.forget_until(10);
  EXPECT_EQ(rules.size(), 2u);
  EXPECT_EQ(judge(0), std::nullopt);
  EXPECT_EQ(judge(0, {}, "http://b/"), Purge::hard) << "its length is still looked for";
  rules.forget_until(20);
  EXPECT_EQ(rules.size(), 0u);
}

}  // namespace
}  // namespace sluice::filters::cache
