// A schema, compiled: what a check needs and nothing that it would have to look up. Rules refer to each other
// and to the schema's own documents, all of which their Program keeps.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "filters/validate/schema/format.hpp"
#include "filters/validate/schema/library.hpp"
#include "filters/validate/schema/names.hpp"
#include "filters/validate/schema/pattern.hpp"
#include "filters/validate/schema/quick.hpp"
#include "json/node.hpp"

namespace sluice::filters::validate {

inline constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

// A bit for each kind of value, an integer being one of its own.
enum Types : std::uint8_t {
  type_null = 1,
  type_boolean = 2,
  type_integer = 4,
  type_fraction = 8,
  type_string = 16,
  type_array = 32,
  type_object = 64,
  type_number = type_integer | type_fraction,
  type_any = 127
};

// Null: no such bound.
struct NumberRules {
  const json::Node* minimum = nullptr;
  const json::Node* maximum = nullptr;
  const json::Node* exclusive_minimum = nullptr;
  const json::Node* exclusive_maximum = nullptr;
  const json::Node* multiple_of = nullptr;
  // Integers from low to high are valid for certain; low > high: nothing is known of integers alone.
  std::int64_t low = 1, high = 0;
};

// Lengths in code points.
struct StringRules {
  std::uint64_t shortest = 0, longest = no_bound;
  std::unique_ptr<Pattern> pattern;
  const Format* format = nullptr;
  bool only_length = false;  // neither of these
};

struct ArrayRules {
  std::uint64_t fewest = 0, most = no_bound;
  bool unique = false;
  std::vector<const Rule*> first;  // of the first elements, each its own
  const Rule* rest = nullptr;      // of all others
  const Rule* contained = nullptr;
  std::uint64_t fewest_contained = 1, most_contained = no_bound;
  bool contained_counts = false;  // what `contains` found is evaluated
};

struct Dependency {
  std::string name;
  std::vector<std::string> needed;
  const Rule* rule = nullptr;
  const char* keyword = "";
};

struct ObjectRules {
  std::uint64_t fewest = 0, most = no_bound;
  Names names;
  std::uint64_t required_bits = 0;
  std::vector<std::string> required;  // all of them
  bool required_have_bits = true;     // else they are looked up one by one
  std::vector<std::pair<std::unique_ptr<Pattern>, const Rule*>> patterns;
  const Rule* additional = nullptr;
  const Rule* name = nullptr;  // `propertyNames`
  bool names_decide = true;    // there are no patterns, and no rule of names
  std::uint32_t place = 0;     // in Habits
  std::vector<Dependency> dependencies;
};

// What applies to the same value.
struct Compound {
  const Rule* reference = nullptr;
  std::size_t dynamic = no_dynamic;  // of a $dynamicRef: which anchor
  std::vector<const Rule*> all, any, one;
  const Rule* none = nullptr;
  const Rule* condition = nullptr;
  const Rule* then = nullptr;
  const Rule* otherwise = nullptr;
  static constexpr std::size_t no_dynamic = ~std::size_t{0};
};

struct Rule {
  Quick quick;  // of what follows, when all of it is known
  std::uint8_t types = type_any;
  std::uint8_t detailed = 0;  // the types that one of the groups below says more of
  std::uint8_t straight = 0;  // the types of which OnePass takes values
  bool never = false;         // the schema `false`
  bool simple = true;         // types and groups are all there is
  std::uint32_t resource = 0;
  std::unique_ptr<NumberRules> number;
  std::unique_ptr<StringRules> string;
  std::unique_ptr<ArrayRules> array;
  std::unique_ptr<ObjectRules> object;
  std::unique_ptr<Compound> compound;
  const json::Node* choices = nullptr;  // `enum`
  std::unique_ptr<Names> texts;         // what `enum` lists, where that is texts and decides alone
  const json::Node* constant = nullptr;
  const Rule* unevaluated_items = nullptr;
  const Rule* unevaluated_properties = nullptr;
  // It is a $ref and says nothing else.
  bool is_reference() const noexcept {
    return types == type_any && detailed == 0 && !never && !choices && !constant && !unevaluated_items &&
           !unevaluated_properties && compound && compound->reference &&
           compound->dynamic == Compound::no_dynamic && compound->all.empty() && compound->any.empty() &&
           compound->one.empty() && !compound->none && !compound->condition;
  }

  std::string location;  // "report.json#/properties/id"
};

// A compiled schema with all that it refers to.
struct Program {
  Library library;
  std::deque<Rule> rules;
  const Rule* root = nullptr;
  // For each name of a $dynamicAnchor that is referred to: the rule that has it in each resource, or null.
  std::vector<std::vector<const Rule*>> dynamics;
  std::uint32_t places = 0;  // in Habits
};

}  // namespace sluice::filters::validate
