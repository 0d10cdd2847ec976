// What is wrong with a document, in words.
#pragma once
#include <string>
#include <string_view>

#include "filters/validate/schema/rule.hpp"
#include "json/node.hpp"

namespace sluice::filters::validate {

enum class Keyword : std::uint8_t {
  never,
  type,
  choices,
  constant,
  minimum,
  maximum,
  exclusive_minimum,
  exclusive_maximum,
  multiple_of,
  shortest,
  longest,
  pattern,
  format,
  fewest_items,
  most_items,
  unique,
  contains,
  fewest_contained,
  most_contained,
  fewest_properties,
  most_properties,
  required,
  dependency,
  any,
  one,
  none
};

struct SchemaFault {
  std::string pointer;       // to the value, from the document's root
  std::string_view keyword;  // as the schema has it: "minimum"; lives as long as the schema
  std::string schema;        // where the schema has it: "report.json#/properties/id/minimum"
  std::string detail;        // "must be at least 1"
  const json::Node* value;   // lives as long as the document
};

// What a fault is about besides its rule: the name that is missing, the names that another needs.
struct About {
  std::string_view name = {};
  const Dependency* dependency = nullptr;
  std::size_t count = 0;  // of matching alternatives
};

// All but the pointer.
SchemaFault fault_of(Keyword keyword, const Rule& rule, const json::Node& value, const About& about);

// The value in the spelling of JSON, at most `most` bytes of it.
std::string spelled(const json::Node& value, std::size_t most);

}  // namespace sluice::filters::validate
