#include "config/dump.hpp"

#include <yaml-cpp/emitter.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "config/problem.hpp"

namespace sluice::config {
namespace {

using Json = nlohmann::ordered_json;

class Dumping {
 public:
  Dumping(std::span<const FilterSchema> filters, std::span<const std::string> secret_paths)
      : filters_(filters), secret_paths_(secret_paths) {}

  // Null: nothing to be written.
  Json value(const Shape& shape, const void* from, const std::string& path) const {
    if (is_secret(path)) return masked;
    return std::visit([&](auto& s) { return write(s, from, path); },
                      static_cast<const Shape::variant&>(shape));
  }

 private:
  bool is_secret(const std::string& path) const {
    return std::ranges::any_of(secret_paths_, [&](auto& secret) { return is_at_or_below(path, secret); });
  }

  Json write(const BooleanShape&, const void* from, const std::string&) const {
    return *static_cast<const bool*>(from);
  }
  Json write(const ScalarShape& s, const void* from, const std::string&) const {
    auto text = s.print(from);
    if (s.json == "string") return text;
    return Json::parse(text);
  }
  Json write(const ChoiceShape& s, const void* from, const std::string&) const {
    return std::string(s.names[s.get(from)]);
  }
  Json write(const ListShape& s, const void* from, const std::string& path) const {
    auto list = Json::array();
    for (auto* e : s.elements(from))
      list.push_back(value(s.element(), e, path + '[' + std::to_string(list.size()) + ']'));
    return list;
  }
  Json write(const MapShape& s, const void* from, const std::string& path) const {
    auto map = Json::object();
    for (auto& [key, v] : s.entries(from)) map[std::string(key)] = value(s.value(), v, below(path, key));
    return map;
  }
  Json write(const MaybeShape& s, const void* from, const std::string& path) const {
    if (auto* v = s.get(from)) return value(s.value(), v, path);
    return s.word.empty() ? Json() : Json(std::string(s.word));
  }
  Json write(const ObjectShape& s, const void* from, const std::string& path) const {
    auto object = Json::object();
    members(s.schema(), from, path, object);
    return object;
  }
  Json write(const FiltersShape& shape, const void* from, const std::string& path) const {
    auto all = Json::object();
    for (auto& f : *static_cast<const Filters*>(from))
      if (shape.kind.empty())
        write(f, below(path, f.kind), all[f.kind] = Json::object());
      else
        write(f, path, all);
    return all;
  }
  void write(const FilterSettings& f, const std::string& path, Json& to) const {
    auto known = std::ranges::find(filters_, f.kind, &FilterSchema::name);
    members(FilterSettings::schema(), &f, path, to);
    if (known != filters_.end()) members(*known->schema, f.settings.get(), path, to);
  }

  void members(const Schema& schema, const void* from, const std::string& path, Json& to) const {
    for (auto& m : schema.members) {
      auto v = value(*m.shape, m.at(const_cast<void*>(from)), below(path, m.name));
      // An empty list that was written is not the same as none: `use: []`.
      bool optional = std::holds_alternative<MaybeShape>(*m.shape);
      bool nothing = v.is_null() || (v.is_structured() && v.empty() && !optional);
      if (!nothing) to[std::string(m.name)] = m.secret ? Json(masked) : std::move(v);
    }
  }

  static std::string below(const std::string& path, std::string_view key) {
    return path + (path.empty() ? "" : ".") + std::string(key);
  }

  std::span<const FilterSchema> filters_;
  std::span<const std::string> secret_paths_;
};

void emit(YAML::Emitter& out, const Json& v) {
  if (v.is_object()) {
    out << YAML::BeginMap;
    for (auto& [key, member] : v.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
  } else if (v.is_array()) {
    out << YAML::BeginSeq;
    for (auto& e : v) emit(out, e);
    out << YAML::EndSeq;
  } else {
    out << (v.is_string() ? v.get<std::string>() : v.dump());
  }
}

}  // namespace

Json dump(const Config& config, std::span<const FilterSchema> filters) {
  return Dumping(filters, config.secret_paths).value(shape_of<Config>(), &config, "");
}

Json dump(const Shape& shape, const void* value) {
  return Dumping({}, {}).value(shape, value, "");
}

std::string to_yaml(const Json& document) {
  YAML::Emitter out;
  emit(out, document);
  return std::string(out.c_str()) + '\n';
}

}  // namespace sluice::config
