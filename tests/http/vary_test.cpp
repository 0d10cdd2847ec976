#include "http/vary.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

struct VaryTest : ::testing::Test {
  Arena arena;
  Fields fields{arena};

  std::string vary(std::initializer_list<std::string_view> lines, std::string_view name) {
    fields.clear();
    for (auto line : lines) fields.add("vary", line);
    vary_on(fields, name);
    EXPECT_LE(fields.count(FieldId::vary), std::max<std::size_t>(1, lines.size()));
    std::string all;
    for (auto& f : fields) all += (all.empty() ? "" : " | ") + std::string(f.value);
    return all;
  }
};

TEST_F(VaryTest, IsAddedTo) {
  EXPECT_EQ(vary({}, "Origin"), "Origin");
  EXPECT_EQ(vary({"Accept"}, "Origin"), "Accept, Origin");
  EXPECT_EQ(vary({"Accept, Cookie"}, "Origin"), "Accept, Cookie, Origin");
  EXPECT_EQ(vary({"Accept", "Cookie"}, "Origin"), "Accept, Cookie, Origin");
  EXPECT_EQ(vary({""}, "Origin"), "Origin");
  EXPECT_EQ(vary({"Origin-Agent"}, "Origin"), "Origin-Agent, Origin");
}

TEST_F(VaryTest, SaysNothingTwice) {
  EXPECT_EQ(vary({"Accept, ORIGIN"}, "Origin"), "Accept, ORIGIN");
  EXPECT_EQ(vary({"Accept", " origin , Cookie"}, "Origin"), "Accept |  origin , Cookie");
  EXPECT_EQ(vary({"*"}, "Origin"), "*");
  EXPECT_EQ(vary({"Accept", "*"}, "Origin"), "Accept | *");
}

}  // namespace
}  // namespace sluice::http
