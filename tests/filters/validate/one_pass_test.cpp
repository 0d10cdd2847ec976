// One pass takes what reading and checking would take, and nothing else: rule by rule, limit by limit, and
// for bodies that were spoilt at random.
#include "filters/validate/schema/one_pass.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "filters/validate/schema/json_schema.hpp"

namespace sluice::filters::validate {
namespace {

class OnePassTest : public ::testing::Test {
 protected:
  void use(std::string_view schema) {
    std::vector<std::string> errors;
    schema_ = JsonSchema::from_text(schema, "file:///s.json", {true, {}}, errors);
    ASSERT_TRUE(schema_) << errors[0];
    scratch_ = {};
  }
  bool takes(std::string_view text) { return schema_->takes(text, limits_, document_, scratch_); }
  bool is_valid(std::string_view text) {
    return !document_.read(text, limits_) &&
           schema_->check(document_, scratch_) == JsonSchema::Outcome::valid;
  }

  std::unique_ptr<JsonSchema> schema_;
  json::Document document_;
  Scratch scratch_;
  json::Limits limits_;
};

constexpr std::string_view person = R"({
  "type": "object", "required": ["name"], "additionalProperties": false, "minProperties": 1, "maxProperties": 3,
  "properties": {
    "name": {"type": "string", "maxLength": 5},
    "age": {"type": "integer", "minimum": 0, "maximum": 150},
    "a name that is far too long to be compared at once": {"type": "boolean"},
    "tags": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["a", "bc"]}}
  }
})";

TEST_F(OnePassTest, TakesMembersInWhateverOrder) {
  use(person);
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(takes(R"({"name": "Ann", "age": 7, "tags": ["bc"]})"));
    EXPECT_TRUE(takes(R"({"tags":["a","bc"],"age":150,"name":"Bo"})"));
    EXPECT_TRUE(takes(" { \"name\"\n:\t\"Ann\" , \"age\" :0 } \r\n"));
    EXPECT_TRUE(takes(R"({"a name that is far too long to be compared at once": true, "name": ""})"));
  }
}

TEST_F(OnePassTest, TakesNothingThatARuleForbids) {
  use(person);
  ASSERT_TRUE(takes(R"({"name": "Ann", "age": 7, "tags": ["a"]})"));
  for (
      auto* text :
      {R"({})", R"([])", R"("name")", R"({"age": 7})", R"({"name": 7})", R"({"name": "Joanna"})",
       R"({"name": "Ann", "age": 151})", R"({"name": "Ann", "age": -1})", R"({"name": "Ann", "age": 7.5})",
       R"({"name": "Ann", "Age": 7})", R"({"name": "Ann", "tags": []})", R"({"name": "Ann", "tags": ["b"]})",
       R"({"name": "Ann", "tags": ["a", "a", "a"]})", R"({"name": "Ann", "tags": {}})",
       R"({"name": "Ann", "age": 7, "tags": ["a"], "a name that is far too long to be compared at once": true})"})
    EXPECT_FALSE(takes(text)) << text;
}

TEST_F(OnePassTest, TakesNothingThatIsNoJson) {
  use(person);
  const std::string whole = R"({"name": "Ann", "age": 7, "tags": ["a", "bc"]})";
  ASSERT_TRUE(takes(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(takes(whole.substr(0, size))) << size;
  for (auto* text : {R"({"name": "Ann",})", R"({"name": "Ann" "age": 7})", R"({"name" "Ann"})",
                     R"({"name": "Ann"} x)", R"({"name": "Ann", "age": 07})", R"({"name": "Ann", "age": 7e})",
                     R"({name: "Ann"})", "{\"name\": \"A\n\"}", R"({"name": "\x"})", "{\"name\": \"\xc3\"}",
                     R"({"name": "Ann", "tags": ["a" "a"]})", R"({"name": "Ann", "tags": ["a",]})",
                     R"({"name": "Ann", "name": "Ann"})"})
    EXPECT_FALSE(takes(text)) << text;
}

TEST_F(OnePassTest, LeavesStringsThatAreNotPlainToTheReader) {
  use(person);
  EXPECT_TRUE(takes(R"({"name": "\u00e4\n", "age": 7})"));
  EXPECT_TRUE(takes(R"({"name": "äöüäö", "age": 7})"));
  EXPECT_FALSE(takes(R"({"name": "äöüäöü", "age": 7})"));
  EXPECT_TRUE(takes(R"({"n\u0061me": "Ann"})"));
  EXPECT_FALSE(takes(R"({"n\u0061me": "Ann", "name": "Ann"})"));
}

TEST_F(OnePassTest, HoldsTheLimits) {
  use(R"({"$ref": "#/$defs/node", "$defs": {"node": {"properties": {
    "kid": {"$ref": "#/$defs/node"}, "list": {"type": "array", "items": {"type": "integer"}},
    "text": {"type": "string"}}}}})");
  limits_ = {3, 2, 4};
  EXPECT_TRUE(takes(R"({"kid": {"kid": {}}})"));
  EXPECT_FALSE(takes(R"({"kid": {"kid": {"kid": {}}}})"));
  EXPECT_TRUE(takes(R"({"kid": {"list": [1, 2]}})"));
  EXPECT_FALSE(takes(R"({"kid": {"kid": {"list": [1]}}})"));
  EXPECT_FALSE(takes(R"({"list": [1, 2, 3]})"));
  EXPECT_FALSE(takes(R"({"list": [1], "text": "", "kid": {}})"));
  EXPECT_TRUE(takes(R"({"text": "four"})"));
  EXPECT_FALSE(takes(R"({"text": "fives"})"));
  limits_.string = 3;
  EXPECT_FALSE(takes(R"({"text": "abc"})"));
}

TEST_F(OnePassTest, MakesNodesOfWhatIsLessPlain) {
  use(R"({"properties": {
    "any": {}, "open": {"properties": {"a": {"type": "integer"}}},
    "set": {"type": "array", "uniqueItems": true, "items": {"type": "integer"}},
    "one": {"oneOf": [{"type": "null"}, {"required": ["x"]}]},
    "map": {"type": "object", "patternProperties": {"^x": {"type": "integer"}}}}})");
  EXPECT_TRUE(
      takes(R"({"any": [{"x": null}], "open": {"a": 1, "b": {"a": "text"}}, "set": [1, 2], "one": {"x": 1},
                        "map": {"x1": 1, "y": "text"}})"));
  EXPECT_FALSE(takes(R"({"any": [{"x": 1, "x": 2}]})"));
  EXPECT_FALSE(takes(R"({"open": {"a": 1, "b": 1, "b": 2}})"));
  EXPECT_FALSE(takes(R"({"open": {"b": 1, "a": "text"}})"));
  EXPECT_FALSE(takes(R"({"set": [1, 2, 1]})"));
  EXPECT_FALSE(takes(R"({"one": {}})"));
  EXPECT_FALSE(takes(R"({"map": {"x1": "text"}})"));
  EXPECT_TRUE(takes(R"({"unknown": 1, "set": [1]})"));
  EXPECT_FALSE(takes(R"({"unknown": 1, "set": [1, 1]})"));
}

TEST_F(OnePassTest, WhatWasDecodedIsNotReadOnceMore) {
  use(R"({"properties": {"text": {"type": "string"}}})");
  EXPECT_FALSE(takes(R"({"text": "\\\"", "unknown": 1})"));  // the object has to be read from its beginning
  EXPECT_TRUE(is_valid(R"({"text": "\\\"", "unknown": 1})"));
  EXPECT_TRUE(takes(R"({"text": "plain", "unknown": "\\\""})"));
}

TEST_F(OnePassTest, ReadsNoMoreThanTheTextTwice) {
  use(R"({"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"kid": {"$ref": "#/$defs/node"}}}}})");
  std::string text = "{}";
  for (std::size_t deep = 1; deep < limits_.depth; ++deep) {
    text = R"({"kid": )" + text + R"(, "unknown": 1})";
    EXPECT_EQ(takes(text), deep < 3) << text;
    EXPECT_TRUE(is_valid(text));
  }
}

TEST_F(OnePassTest, KnowsMoreThan64NamesOnlyByTheReader) {
  std::string schema = R"({"required": ["p99"], "properties": {)";
  for (int i = 0; i < 100; ++i)
    schema += (i ? ", \"p" : "\"p") + std::to_string(i) + R"(": {"type": "integer"})";
  use(schema + "}}");
  EXPECT_TRUE(takes(R"({"p1": 1, "p99": 1})"));
  EXPECT_FALSE(takes(R"({"p1": 1, "p98": 1})"));
  EXPECT_FALSE(takes(R"({"p99": 1, "p80": 1, "p80": 1})"));
}

TEST_F(OnePassTest, AScratchMayServeOneSchemaAfterTheOther) {
  use(R"({"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}})");
  auto first = std::move(schema_);
  auto scratch = std::move(scratch_);
  EXPECT_TRUE(first->takes(R"({"a": 1, "b": 1})", limits_, document_, scratch));
  use(R"({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}})");
  EXPECT_FALSE(schema_->takes(R"({"a": 1, "b": 1})", limits_, document_, scratch));
  EXPECT_TRUE(schema_->takes(R"({"a": "", "b": ""})", limits_, document_, scratch));
}

std::string text_of(const std::string& file) {
  std::ifstream in(SLUICE_SOURCE_DIR "/bench/load/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Bytes changed, left out, doubled, and pieces moved.
std::string spoilt(std::string text, std::mt19937& random) {
  auto below = [&](std::size_t n) { return random() % n; };
  constexpr std::string_view bytes = "\"\\{}[]:, 019.eE-tfnu\xc3\xa4\n";
  for (auto times = below(3) + 1; times > 0; --times) {
    auto at = below(text.size()), size = std::min(below(40), text.size() - at);
    switch (below(5)) {
      case 0:
        text[at] = bytes[below(bytes.size())];
        break;
      case 1:
        text.erase(at, below(2) ? 1 : size);
        break;
      case 2:
        text.insert(at, 1, bytes[below(bytes.size())]);
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, size));
        break;
      default:
        std::swap(text[at], text[below(text.size())]);
    }
  }
  return text;
}

TEST_F(OnePassTest, AgreesOnBodiesThatWereSpoilt) {
  std::mt19937 random(7);
  for (std::string name : {"item", "note"}) {
    use(text_of(name + ".schema.json"));
    auto body = text_of(name + ".json");
    ASSERT_TRUE(takes(body));
    int both = 0;
    for (int i = 0; i < 20'000; ++i) {
      auto text = spoilt(body, random);
      bool taken = takes(text), valid = is_valid(text);
      ASSERT_TRUE(valid || !taken) << text;
      both += taken && valid;
    }
    EXPECT_GT(both, 1000);
    ASSERT_TRUE(takes(body));
  }
}

}  // namespace
}  // namespace sluice::filters::validate
