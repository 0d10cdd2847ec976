// What is decided at a glance is what the whole rule says: at its bounds, and where it has to leave the
// decision to the rule.
#include "filters/validate/schema/quick.hpp"

#include <gtest/gtest.h>

#include "filters/validate/schema/json_schema.hpp"

namespace sluice::filters::validate {
namespace {

bool is_valid(std::string_view schema, std::string_view text) {
  std::vector<std::string> errors;
  auto compiled = JsonSchema::from_text(schema, "file:///s.json", {}, errors);
  json::Document document;
  EXPECT_TRUE(compiled && !document.read(text, {})) << schema << ' ' << text;
  Scratch scratch;
  return compiled && compiled->check(document, scratch) == JsonSchema::Outcome::valid;
}

TEST(Quick, TakesNothingByItself) {
  json::Document document;
  for (auto* text : {R"("")", R"("a")", "0", "-1", "999999999999999999", "1.5", "null", "true", "[]", "{}"}) {
    ASSERT_FALSE(document.read(text, {}));
    EXPECT_FALSE(Quick().takes(document.root())) << text;
  }
}

TEST(Quick, BoundsOfTextsHoldOnBothSides) {
  auto* schema = R"({"minLength": 2, "maxLength": 3})";
  EXPECT_FALSE(is_valid(schema, R"("")"));
  EXPECT_FALSE(is_valid(schema, R"("a")"));
  EXPECT_TRUE(is_valid(schema, R"("ab")"));
  EXPECT_TRUE(is_valid(schema, R"("abc")"));
  EXPECT_FALSE(is_valid(schema, R"("abcd")"));
  EXPECT_TRUE(is_valid(schema, R"("äöü")"));
  EXPECT_FALSE(is_valid(schema, R"("äöüß")"));
  EXPECT_FALSE(is_valid(R"({"minLength": 3, "maxLength": 2})", R"("ab")"));
  EXPECT_FALSE(is_valid(R"({"minLength": 4294967297})", R"("a")"));
  EXPECT_TRUE(is_valid(R"({"maxLength": 4294967297})", R"("a")"));
}

TEST(Quick, BoundsOfIntegersHoldOnBothSides) {
  auto* schema = R"({"type": "integer", "minimum": -5, "exclusiveMaximum": 5})";
  EXPECT_FALSE(is_valid(schema, "-999999999999999999"));
  EXPECT_FALSE(is_valid(schema, "-6"));
  EXPECT_TRUE(is_valid(schema, "-5"));
  EXPECT_TRUE(is_valid(schema, "4"));
  EXPECT_TRUE(is_valid(schema, "4.0"));
  EXPECT_FALSE(is_valid(schema, "4.5"));
  EXPECT_FALSE(is_valid(schema, "5"));
  EXPECT_FALSE(is_valid(schema, "999999999999999999"));
  EXPECT_FALSE(is_valid(schema, "1e400"));
  EXPECT_TRUE(is_valid(R"({"type": "integer"})", "-99999999999999999999999"));
  EXPECT_FALSE(is_valid(R"({"minimum": 2, "maximum": 1})", "1"));
}

TEST(Quick, LeavesWhatSaysMoreToTheRule) {
  EXPECT_FALSE(is_valid(R"({"pattern": "^b$"})", R"("a")"));
  EXPECT_FALSE(is_valid(R"({"multipleOf": 2})", "3"));
  EXPECT_FALSE(is_valid(R"({"minimum": 2})", "1.5"));
  EXPECT_FALSE(is_valid(R"({"minItems": 1})", "[]"));
  EXPECT_FALSE(is_valid(R"({"required": ["a"]})", "{}"));
  EXPECT_FALSE(is_valid(R"({"not": {}})", "null"));
  EXPECT_FALSE(is_valid("false", R"("a")"));
  EXPECT_FALSE(is_valid(R"({"type": "number"})", "null"));
}

TEST(Quick, ChoicesOfTextsAreFoundByTheirWholeText) {
  auto* schema = R"({"enum": ["", "a", "exactly-sixteen!", "more than sixteen bytes", "äöü", "a"]})";
  for (auto* text : {R"("")", R"("a")", R"("exactly-sixteen!")", R"("more than sixteen bytes")", R"("äöü")",
                     R"("\u0061")", R"("\u00e4öü")"})
    EXPECT_TRUE(is_valid(schema, text)) << text;
  for (auto* text : {R"("b")", R"("aa")", R"("exactly-sixteen?")", R"("more than sixteen bytez")", R"("äö")",
                     "1", "null", "[]"})
    EXPECT_FALSE(is_valid(schema, text)) << text;
  EXPECT_FALSE(is_valid(R"({"enum": ["a"], "maxLength": 0})", R"("a")"));
  EXPECT_FALSE(is_valid(R"({"enum": ["a"], "type": "integer"})", R"("a")"));
}

}  // namespace
}  // namespace sluice::filters::validate
