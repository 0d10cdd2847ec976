// What `validate` is told. The words for a parameter's value are JSON Schema's own, spelled as there.
//
//   validate:
//     content_types: [application/json]
//     body: { schema: schemas/report.json }
//     query: { page: { type: integer, minimum: 1, required: true } }
//     headers: { X-Tenant: { pattern: "^[a-z]+$" } }
#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/config.hpp"

namespace sluice::filters::validate {

// A number as it is written: no digit of it is lost.
struct ExactNumber {
  std::string text;
};

enum class ValueType : std::uint8_t { string, integer, number, boolean };
constexpr std::array<std::string_view, 4> names_of(ValueType) {
  return {"string", "integer", "number", "boolean"};
}
enum class ParameterType : std::uint8_t { string, integer, number, boolean, array };
constexpr std::array<std::string_view, 5> names_of(ParameterType) {
  return {"string", "integer", "number", "boolean", "array"};
}

// What may be said of a single value.
struct ValueRules {
  std::optional<ExactNumber> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
  std::optional<std::uint64_t> min_length, max_length;
  std::string pattern, format;
  std::vector<std::string> choices;
};

struct Element : ValueRules {
  ValueType type = ValueType::string;
  static const Schema& schema();
};

struct ParameterSettings : ValueRules {
  ParameterType type = ParameterType::string;
  bool required = false;
  std::optional<Element> items;
  std::optional<std::uint64_t> min_items, max_items;
  bool unique_items = false;
  static const Schema& schema();
};

struct JsonSettings {
  std::uint32_t max_depth = 32;
  std::uint32_t max_members = 1000;
  Size max_string = kibibytes(64);
  static const Schema& schema();
};

struct BodySettings {
  std::optional<std::filesystem::path> schema_file;
  std::string inline_schema;
  bool required = true;
  static const Schema& schema();
};

struct Settings {
  OneOrMany<std::string> content_types;
  std::optional<BodySettings> body;
  std::map<std::string, ParameterSettings> query, headers;
  std::optional<JsonSettings> json;
  bool formats = true;
  bool show_values = false;
  std::uint32_t max_errors = 20;
  static const Schema& schema();
};

// The JSON Schema that a parameter's settings stand for.
std::string schema_text(const ParameterSettings& p);

}  // namespace sluice::filters::validate

namespace sluice {
template <>
struct Scalar<filters::validate::ExactNumber> : TextScalar<filters::validate::ExactNumber> {
  static constexpr std::string_view expected = "a number";
  static constexpr std::string_view json = "number";
  static std::optional<filters::validate::ExactNumber> parse(std::string_view text);
  static std::string print(const filters::validate::ExactNumber& v) { return v.text; }
};
}  // namespace sluice
