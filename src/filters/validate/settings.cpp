#include "filters/validate/settings.hpp"

#include "filters/validate/media_type.hpp"
#include "filters/validate/schema/json_schema.hpp"
#include "http/chars.hpp"
#include "http/problem.hpp"
#include "json/document.hpp"

namespace sluice {

std::optional<filters::validate::ExactNumber> Scalar<filters::validate::ExactNumber>::parse(
    std::string_view text) {
  json::Document d;
  if (d.read(text, {}) || !d.root().is_number()) return std::nullopt;
  return filters::validate::ExactNumber{std::string(text)};
}

namespace filters::validate {
namespace {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  http::append_json_escaped(out, text);
  return out += '"';
}

// Members of a JSON object, one after the other.
class Members {
 public:
  void add(std::string_view name, const std::string& json) {
    text_ += text_.empty() ? "" : ",";
    (text_ += json_string(name) + ':') += json;
  }
  template <class T>
  void add(std::string_view name, const std::optional<T>& value) {
    if (value) add(name, Scalar<T>::print(*value));
  }
  std::string object() const { return '{' + text_ + '}'; }

 private:
  std::string text_;
};

void add_value(Members& to, std::string_view type, const ValueRules& v) {
  to.add("type", json_string(type));
  to.add("minimum", v.minimum);
  to.add("maximum", v.maximum);
  to.add("exclusiveMinimum", v.exclusive_minimum);
  to.add("exclusiveMaximum", v.exclusive_maximum);
  to.add("multipleOf", v.multiple_of);
  to.add("minLength", v.min_length);
  to.add("maxLength", v.max_length);
  if (!v.pattern.empty()) to.add("pattern", json_string(v.pattern));
  if (!v.format.empty()) to.add("format", json_string(v.format));
  if (v.choices.empty()) return;
  std::string all;
  for (auto& c : v.choices) all += (all.empty() ? "" : ",") + (type == "string" ? json_string(c) : c);
  to.add("enum", '[' + all + ']');
}

// A member of a base, as one of the class that has it.
template <class T, class M>
M T::*own(M ValueRules::*m) {
  return m;
}

template <class T>
Description<T>& describe_value(Description<T>& d) {
  return d.member("minimum", own<T>(&ValueRules::minimum), "The least number that is valid.")
      .member("maximum", own<T>(&ValueRules::maximum), "The greatest number that is valid.")
      .member("exclusiveMinimum", own<T>(&ValueRules::exclusive_minimum), "A valid number is more than this.")
      .member("exclusiveMaximum", own<T>(&ValueRules::exclusive_maximum), "A valid number is less than this.")
      .member("multipleOf", own<T>(&ValueRules::multiple_of), "A valid number is a multiple of this.")
      .member("minLength", own<T>(&ValueRules::min_length), "The fewest characters of a text.")
      .member("maxLength", own<T>(&ValueRules::max_length), "The most characters of a text.")
      .member(
          "pattern", own<T>(&ValueRules::pattern),
          "A regular expression of ECMA-262 that a text matches, somewhere unless it is anchored. What RE2 "
          "cannot run is an error.")
      .member("format", own<T>(&ValueRules::format), "A format of JSON Schema: `uuid`, `date`, `email`, ...")
      .member("enum", own<T>(&ValueRules::choices), "The values that are valid.");
}

void check_parameter(const ParameterSettings& p, Faults& faults) {
  bool many = p.items || p.min_items || p.max_items || p.unique_items;
  if (many && p.type != ParameterType::array)
    return faults.add("type", "'items', 'minItems', 'maxItems' and 'uniqueItems' are for 'type: array'");
  if (!p.format.empty() && !find_format(p.format)) faults.add("format", "unknown format '" + p.format + '\'');
  std::vector<std::string> errors;
  JsonSchema::from_text(schema_text(p), "parameter:", {true, {}}, errors);
  for (auto& e : errors) faults.add("", e.substr(e.find('#') == e.npos ? 0 : e.find('#') + 1));
}

void check_inline(const BodySettings& b, Faults& faults) {
  if (b.inline_schema.empty()) return;
  std::vector<std::string> errors;
  JsonSchema::from_text(b.inline_schema, "inline:", {true, {}}, errors);
  for (auto& e : errors) faults.add("inline", e);
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, http::is_tchar);
}

}  // namespace

std::string schema_text(const ParameterSettings& p) {
  Members all;
  add_value(all, names_of(p.type)[static_cast<std::size_t>(p.type)], p);
  if (p.type != ParameterType::array) return all.object();
  auto element = p.items.value_or(Element());
  Members items;
  add_value(items, names_of(element.type)[static_cast<std::size_t>(element.type)], element);
  all.add("items", items.object());
  all.add("minItems", p.min_items);
  all.add("maxItems", p.max_items);
  if (p.unique_items) all.add("uniqueItems", std::string("true"));
  return all.object();
}

const Schema& Element::schema() {
  static const Schema s = [] {
    auto d = describe<Element>("Each value of an array.");
    d.member("type", &Element::type, "What its text stands for.");
    return Schema(describe_value(d));
  }();
  return s;
}

const Schema& ParameterSettings::schema() {
  static const Schema s = [] {
    auto d = describe<ParameterSettings>("What a parameter has to be.");
    d.member("type", &ParameterSettings::type,
             "What its text stands for. An `array` is a parameter that stands there several times.")
        .member("required", &ParameterSettings::required, "Whether it has to be there.")
        .member("items", &ParameterSettings::items, "Of an array: what each value has to be.")
        .member("minItems", &ParameterSettings::min_items, "Of an array: the fewest values.")
        .member("maxItems", &ParameterSettings::max_items, "Of an array: the most values.")
        .member("uniqueItems", &ParameterSettings::unique_items, "Of an array: no value stands there twice.");
    return Schema(describe_value(d).check(check_parameter));
  }();
  return s;
}

const Schema& JsonSettings::schema() {
  static const Schema s = describe<JsonSettings>("Limits of a JSON body.")
                              .member("max_depth", &JsonSettings::max_depth,
                                      "Arrays and objects inside each other.", range(1u, 200u))
                              .member("max_members", &JsonSettings::max_members,
                                      "Members of one object, elements of one array.", at_least(1u))
                              .member("max_string", &JsonSettings::max_string,
                                      "The longest string, name or number.", at_least(Size{1}));
  return s;
}

const Schema& BodySettings::schema() {
  static const Schema s =
      describe<BodySettings>("What the body has to be.")
          .member("schema", &BodySettings::schema_file,
                  "A file with a JSON Schema, draft 2020-12 or, by its `$schema`, draft-07.")
          .member("inline", &BodySettings::inline_schema, "The schema itself, as JSON text.")
          .member("required", &BodySettings::required, "Whether POST, PUT and PATCH have to have a body.")
          .exactly_one({"schema", "inline"})
          .short_form("schema")
          .check(check_inline);
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Whether a request is well formed: its type, its parameters, its body.")
          .member("content_types", &Settings::content_types,
                  "Media types that a body may have, `type/*` for a family; others are 415. With a schema "
                  "for the "
                  "body and without this: `application/json` and `*/*+json`.")
          .member("body", &Settings::body, "What the body has to be.")
          .member("query", &Settings::query, "Parameters of the query, by name.")
          .member("headers", &Settings::headers, "Fields of the request, by name.")
          .member("json", &Settings::json, "Limits of JSON bodies, also without a schema.")
          .member("formats", &Settings::formats,
                  "Whether `format` decides in the body's schema; else it is an annotation.")
          .member("show_values", &Settings::show_values,
                  "Whether an answer repeats the values that are wrong.")
          .member("max_errors", &Settings::max_errors, "The most faults that an answer tells.",
                  range(1u, 1000u))
          .check([](const Settings& v, Faults& faults) {
            if (v.content_types.empty() && !v.body && v.query.empty() && v.headers.empty() && !v.json)
              faults.add("", "says nothing: name 'content_types', 'body', 'query', 'headers' or 'json'");
            for (auto& type : v.content_types)
              if (!is_media_range(type)) faults.add("content_types", "'" + type + "' is no media type");
            for (auto& [name, p] : v.headers)
              if (!is_field_name(name)) faults.add("headers", "'" + name + "' is no field's name");
          });
  return s;
}

}  // namespace filters::validate
}  // namespace sluice
