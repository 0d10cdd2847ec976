#include "config/path_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PathPattern pattern(std::string_view text) {
  auto parsed = PathPattern::parse(text);
  if (auto* fault = std::get_if<std::string>(&parsed)) ADD_FAILURE() << text << ": " << *fault;
  auto* p = std::get_if<PathPattern>(&parsed);
  return p ? *p : PathPattern{};
}

TEST(PathPattern, IsSegmentsBetweenSlashes) {
  EXPECT_THAT(pattern("/").segments, ElementsAre(Segment{false, ""}));
  EXPECT_THAT(pattern("/users").segments, ElementsAre(Segment{false, "users"}));
  EXPECT_THAT(pattern("/users/").segments, ElementsAre(Segment{false, "users"}, Segment{false, ""}));
  EXPECT_THAT(pattern("/a/{id}/b").segments,
              ElementsAre(Segment{false, "a"}, Segment{true, "id"}, Segment{false, "b"}));
  EXPECT_FALSE(pattern("/users").rest);
}

TEST(PathPattern, EndsInTheRest) {
  EXPECT_THAT(pattern("/**").segments, IsEmpty());
  EXPECT_TRUE(pattern("/**").rest);
  EXPECT_THAT(pattern("/a/**").segments, ElementsAre(Segment{false, "a"}));
  EXPECT_EQ(pattern("/a/**").rest_name, "");
  EXPECT_EQ(pattern("/a/{rest...}").rest_name, "rest");
  EXPECT_THAT(pattern("/{a}/x/{rest...}").captures(), ElementsAre("a", "rest"));
}

TEST(PathPattern, TakesEveryCharacterThatAPathHas) {
  EXPECT_THAT(pattern("/a-._~!$&'()+,;=:@%2F%C3%A4").segments,
              ElementsAre(Segment{false, "a-._~!$&'()+,;=:@%2F%C3%A4"}));
}

TEST(Template, IsTextAndNames) {
  auto parts = [](std::string_view text) { return std::get<Template>(Template::parse(text)).parts; };
  EXPECT_THAT(parts(""), IsEmpty());
  EXPECT_THAT(parts("/a"), ElementsAre(Template::Part{false, "/a"}));
  EXPECT_THAT(parts("{a}{b}/"),
              ElementsAre(Template::Part{true, "a"}, Template::Part{true, "b"}, Template::Part{false, "/"}));
}

}  // namespace
}  // namespace sluice::config
