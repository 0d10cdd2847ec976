#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "config/dump.hpp"
#include "config/load.hpp"

namespace sluice::config {
namespace {

using Json = nlohmann::ordered_json;

// A word as it may stand in a document; YAML 1.1 editors read a bare `off` as false.
Json word(std::string_view w) {
  auto all = Json::array({std::string(w)});
  if (w == "off") all.push_back(false);
  return {{"enum", std::move(all)}};
}

class Describing {
 public:
  explicit Describing(std::span<const FilterSchema> filters) : filters_(filters) {}

  Json value(const Shape& shape, const Member* member) const {
    return std::visit([&](auto& s) { return describe(s, member); },
                      static_cast<const Shape::variant&>(shape));
  }

  Json object(const Schema& schema) const {
    auto o = keys({&schema});
    if (!schema.doc.empty()) o["description"] = std::string(schema.doc);
    return o;
  }

 private:
  // What is no text by itself may also be a text with a substitution.
  static Json or_substitution(Json j) {
    return {{"anyOf", Json::array({std::move(j), {{"$ref", "#/$defs/substitution"}}})}};
  }

  Json describe(const BooleanShape&, const Member*) const { return or_substitution({{"type", "boolean"}}); }
  Json describe(const ScalarShape& s, const Member* member) const {
    if (s.json == "string" && s.pattern.empty())
      return {{"type", Json::array({"string", "number", "boolean"})}};  // unquoted, these are texts too
    Json j = {{"type", std::string(s.json)}};
    if (!s.pattern.empty()) j["pattern"] = std::string(s.pattern);
    if (s.json != "string" && member && !member->low.empty()) j["minimum"] = Json::parse(member->low);
    if (s.json != "string" && member && !member->high.empty()) j["maximum"] = Json::parse(member->high);
    return or_substitution(std::move(j));
  }
  Json describe(const ChoiceShape& s, const Member*) const {
    auto all = Json::array();
    for (auto name : s.names) {
      auto w = word(name);
      all.insert(all.end(), w["enum"].begin(), w["enum"].end());
    }
    return or_substitution({{"enum", std::move(all)}});
  }
  Json describe(const ListShape& s, const Member* member) const {
    auto element = value(s.element(), member);
    Json list = {{"type", "array"}, {"items", element}};
    if (!s.one_is_enough) return list;
    return {{"anyOf", Json::array({std::move(element), std::move(list)})}};
  }
  Json describe(const MapShape& s, const Member* member) const {
    return {{"type", "object"}, {"additionalProperties", value(s.value(), member)}};
  }
  Json describe(const MaybeShape& s, const Member* member) const {
    auto inner = value(s.value(), member);
    if (s.word.empty()) return inner;
    return {{"anyOf", Json::array({word(s.word), std::move(inner)})}};
  }
  Json describe(const ObjectShape& s, const Member*) const {
    auto& schema = s.schema();
    auto long_form = keys({&schema});
    auto* m = schema.find(schema.short_form);
    if (!m) return long_form;
    return {{"anyOf", Json::array({value(*m->shape, m), std::move(long_form)})}};
  }
  Json describe(const FiltersShape& s, const Member*) const {
    if (!s.kind.empty()) return settings_of(s.kind);
    auto kinds = Json::object();
    for (auto& f : filters_) {
      kinds[std::string(f.name)] = keys({&FilterSettings::schema(), f.schema});
      kinds[std::string(f.name)]["description"] = std::string(f.schema->doc);
    }
    Json j = {{"type", "object"}, {"properties", std::move(kinds)}, {"additionalProperties", false}};
    if (s.exactly_one) j["minProperties"] = j["maxProperties"] = 1;
    return j;
  }

  // Of a kind that the table may not have: then the key cannot be used.
  Json settings_of(std::string_view kind) const {
    auto known = std::ranges::find(filters_, kind, &FilterSchema::name);
    if (known != filters_.end()) return keys({&FilterSettings::schema(), known->schema});
    auto nothing = Json::object();
    nothing["not"] = Json::object();
    return nothing;
  }

  Json keys(std::initializer_list<const Schema*> schemas) const {
    auto properties = Json::object(), required = Json::array(), rules = Json::array();
    for (auto* schema : schemas) {
      auto defaults = schema->make();
      for (auto& m : schema->members) {
        properties[std::string(m.name)] = property(m, defaults.get());
        if (m.required) required.push_back(std::string(m.name));
      }
      for (auto& group : schema->exclusives) rules.push_back(rule(group));
    }
    Json j = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) j["required"] = std::move(required);
    if (!rules.empty()) j["allOf"] = std::move(rules);
    return j;
  }
  Json property(const Member& m, void* object) const {
    auto j = value(*m.shape, &m);
    j["description"] = std::string(m.doc);
    auto standard = m.required ? Json() : dump(*m.shape, m.at(object));
    if (!standard.is_null() && !standard.is_structured()) j["default"] = std::move(standard);
    return j;
  }
  static Json rule(const Exclusive& group) {
    auto choices = Json::array(), any = Json::array();
    for (auto name : group.names) {
      choices.push_back({{"required", Json::array({std::string(name)})}});
      any.push_back(choices.back());
    }
    if (!group.one_is_required) choices.push_back({{"not", {{"anyOf", std::move(any)}}}});
    return {{"oneOf", std::move(choices)}};
  }

  std::span<const FilterSchema> filters_;
};

}  // namespace

std::string json_schema(std::span<const FilterSchema> filters) {
  Json j = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Sluice configuration"}};
  j.update(Describing(filters).object(Config::schema()));
  j.erase("required");  // included files have only some of the keys
  j["$defs"] = {{"substitution", {{"type", "string"}, {"pattern", "\\$\\{"}}}};
  return j.dump(2) + '\n';
}

}  // namespace sluice::config
