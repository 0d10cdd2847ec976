// A body that is valid costs no memory, whatever keywords its schema has.
#include <gtest/gtest.h>

#include "filters/validate/schema/json_schema.hpp"
#include "kit/allocations.hpp"

#if SLUICE_COUNTS_ALLOCATIONS

namespace sluice::filters::validate {
namespace {

std::size_t allocations_of(const JsonSchema& schema, std::string_view text) {
  json::Document document;
  Scratch scratch;
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {  // the first ones make room
    before = kit::allocations();
    schema.takes(text, {}, document, scratch);
    EXPECT_FALSE(document.read(text, {}));
    EXPECT_EQ(schema.check(document, scratch), JsonSchema::Outcome::valid);
  }
  return kit::allocations() - before;
}

TEST(Allocations, OfTheExampleThereAreNone) {
  std::vector<std::string> errors;
  auto schema = JsonSchema::from_file(SLUICE_SOURCE_DIR "/config/schemas/report.json", {true, {}}, errors);
  ASSERT_TRUE(schema) << errors[0];
  EXPECT_EQ(allocations_of(*schema, R"({
    "id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "title": "The l\u0061mp does not work \u00e9", "severity": "low",
    "created": "2024-05-17T09:12:33.120Z", "author": {"name": "Ann", "email": "ann@example.com"},
    "tags": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
    "items": [{"sku": "LMP-0042", "quantity": 1, "price": 19.99}, {"sku": "LMP-0043", "quantity": 1e1}]})"),
            0u);
}

TEST(Allocations, OfSchemasThatKeepBookThereAreNone) {
  std::vector<std::string> errors;
  auto schema = JsonSchema::from_text(R"({
    "$dynamicAnchor": "node",
    "properties": {"kids": {"items": {"$dynamicRef": "#node"}}},
    "anyOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"not": {"required": ["a"]}}],
    "oneOf": [{"patternProperties": {"^x|^y": true}}, {"required": ["never"]}],
    "if": {"required": ["b"]}, "then": {"properties": {"b": {"format": "ipv6"}}},
    "dependentSchemas": {"a": true}, "propertyNames": {"maxLength": 9},
    "unevaluatedProperties": false})",
                                      "test:", {true, {}}, errors);
  ASSERT_TRUE(schema) << errors[0];
  EXPECT_EQ(allocations_of(*schema, R"({"a": 12345678901234567890, "x1": 1, "b": "::1",
                                       "kids": [{"a": 1, "kids": [{"y": [0.1, 1e30]}]}, {}]})"),
            0u);
}

}  // namespace
}  // namespace sluice::filters::validate

#endif
