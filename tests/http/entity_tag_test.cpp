#include "http/entity_tag.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

TEST(EntityTag, IsReadStrongAndWeak) {
  EXPECT_EQ(read_entity_tag("\"abc\""), (EntityTag{"abc", false}));
  EXPECT_EQ(read_entity_tag("W/\"abc\""), (EntityTag{"abc", true}));
  EXPECT_EQ(read_entity_tag("\"\""), (EntityTag{"", false}));
  EXPECT_EQ(read_entity_tag("\"a,b\\c\xfc\""), (EntityTag{"a,b\\c\xfc", false}));
}

TEST(EntityTag, IsReadLenientlyWhereNothingElseIsMeant) {
  EXPECT_EQ(read_entity_tag("w/\"abc\""), (EntityTag{"abc", true}));
  EXPECT_EQ(read_entity_tag("abc"), (EntityTag{"abc", false}));
}

TEST(EntityTag, IsNothingElse) {
  for (auto bad : {"", "*", "\"", "\"abc", "abc\"", "W/\"abc", "W\"abc\"", "W\\\"abc\"", "\"a\" \"b\"",
                   "\"a\"x", "a b", "\"a b\"", "a,b", "\"a\", \"b\"", "\"a\x01\""})
    EXPECT_FALSE(read_entity_tag(bad)) << bad;
}

// The table of RFC 9110 §8.8.3.2.
TEST(EntityTag, IsComparedStronglyAndWeakly) {
  EntityTag w1{"1", true}, w2{"2", true}, s1{"1", false};
  EXPECT_FALSE(strongly_equal(w1, w1));
  EXPECT_FALSE(strongly_equal(w1, w2));
  EXPECT_FALSE(strongly_equal(w1, s1));
  EXPECT_TRUE(strongly_equal(s1, s1));
  EXPECT_TRUE(weakly_equal(w1, w1));
  EXPECT_FALSE(weakly_equal(w1, w2));
  EXPECT_TRUE(weakly_equal(w1, s1));
  EXPECT_TRUE(weakly_equal(s1, s1));
}

struct TagList : ::testing::Test {
  Arena arena;
  Fields fields{arena};

  bool lists(std::initializer_list<std::string_view> lines, EntityTag tag,
             TagComparison equal = weakly_equal) {
    fields.clear();
    for (auto line : lines) fields.add("If-None-Match", line);
    return listed(fields, FieldId::if_none_match, tag, equal);
  }
};

TEST_F(TagList, FindsATagWhereverItStands) {
  EXPECT_TRUE(lists({"\"a\", \"b\", \"c\""}, {"a"}));
  EXPECT_TRUE(lists({"\"a\", \"b\", \"c\""}, {"b"}));
  EXPECT_TRUE(lists({"\"a\", \"b\", \"c\""}, {"c"}));
  EXPECT_TRUE(lists({"\"a\"", ",, W/\"b\" ,"}, {"b"}));
  EXPECT_TRUE(lists({"\"a\",\"b\""}, {"b"}));
  EXPECT_TRUE(lists({"a, b"}, {"b"}));
}

TEST_F(TagList, FindsNoOther) {
  EXPECT_FALSE(lists({}, {"a"}));
  EXPECT_FALSE(lists({""}, {""}));
  EXPECT_FALSE(lists({"\"ab\", \"A\""}, {"a"}));
  EXPECT_FALSE(lists({"W/\"a\""}, {"a"}, strongly_equal));
}

TEST_F(TagList, SeesNoTagInsideAnother) {
  EXPECT_FALSE(lists({"\"x,b,y\""}, {"b"}));
  EXPECT_TRUE(lists({"\"x,y\", \"b\""}, {"b"}));
  EXPECT_TRUE(lists({"\"x,y\""}, {"x,y"}));
}

TEST_F(TagList, EndsAtWhatIsMalformed) {
  EXPECT_FALSE(lists({"\"x, \"b\""}, {"b"}));
  EXPECT_FALSE(lists({"\"a\" \"b\""}, {"b"}));
  EXPECT_TRUE(lists({"\"b\", \"x"}, {"b"}));
}

TEST_F(TagList, NamesAnyByAnAsterisk) {
  EXPECT_TRUE(lists({"*"}, {"a"}));
  EXPECT_TRUE(lists_any(fields, FieldId::if_none_match));
  EXPECT_FALSE(lists({"\"*\""}, {"a"}));
  EXPECT_FALSE(lists_any(fields, FieldId::if_none_match));
  EXPECT_FALSE(lists({"*, \"b\""}, {"b"}));
}

}  // namespace
}  // namespace sluice::http
