#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/dump.hpp"
#include "config/load.hpp"
#include "config/read.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view introduction = R"(# Configuration reference

<!-- Generated from the schemas in src/config by tests/config; do not edit. -->

One YAML file, `sluice.yaml` by default. `sluice check` finds every error in it at once, each with its file, line and
column; `sluice schema` prints a JSON Schema for editors. [config/sluice.yaml](../config/sluice.yaml) is an example.

- **Durations** are `250ms`, `5s`, `15m`, `24h`, `365d`; **sizes** `512B`, `8KiB`, `1MiB`, `10MB`; **rates** `100/s`,
  `1000/h`, of bytes `1KiB/s`; **percentages** `20%`. A bare number where a unit belongs is an error. Where a limit can
  be none, it is `off`.
- **Substitution** works in every value: `${VAR}` is a variable of the environment, and an error where it is not set;
  `${VAR:-default}` gives a default; `${file:/path}` is the text of a file, without the newline at its end, and is never
  printed; `$${` stands for `${` itself.
- **Paths** of files are relative to the file that names them.
- **Unknown and repeated keys** are errors. So is a name that refers to nothing.
- **Which route wins:** the higher `priority`; exact host over wildcard over none; then the path's segments from the
  left, literal over `{id}` over the rest; then more conditions over fewer. Two routes that can match one request
  equally well are an error that names both.
)";

constexpr std::string_view on_filters = R"(
## Filters

A filter looks at a request before it is sent on, and may refuse it, change it, or work on the answer. One policy is
one filter: the kind is the key, its settings are the value. A route takes policies by `use`, has filters of its own in
`filters`, and says in `require` what its callers must have. Whatever order a file lists them in, they run in the order
of their phases. [docs/filters](filters/README.md) has the phases, what every filter has (`mode`, `on_error`,
`optional`), and a page for each kind.
)";

std::string code(std::string_view text) {
  return '`' + std::string(text) + '`';
}

// A value's kind in the words of the reference, and the object that has a section of its own.
struct Kind {
  std::string text;
  const Schema* object = nullptr;
  std::string below;  // what is added to the path on the way to the object
};

class Kinds {
 public:
  static Kind of(const Shape& shape, const Member* member) {
    return std::visit([&](auto& s) { return kind(s, member); }, static_cast<const Shape::variant&>(shape));
  }

 private:
  static Kind kind(const BooleanShape&, const Member*) { return {"`true` or `false`", nullptr, ""}; }
  static Kind kind(const ScalarShape& s, const Member* member) {
    return {with_range(s.expected, member), nullptr, ""};
  }
  static Kind kind(const ChoiceShape& s, const Member*) {
    std::string names;
    for (auto name : s.names) names += (names.empty() ? "" : ", ") + code(name);
    return {names, nullptr, ""};
  }
  static Kind kind(const ListShape& s, const Member* member) {
    auto element = of(s.element(), member);
    auto text = s.one_is_enough ? element.text + ", or a list of them" : "a list: " + element.text;
    return {text, element.object, "[]" + element.below};
  }
  static Kind kind(const MapShape& s, const Member* member) {
    auto value = of(s.value(), member);
    return {"a map by name: " + value.text, value.object, ".<name>" + value.below};
  }
  static Kind kind(const MaybeShape& s, const Member* member) {
    auto value = of(s.value(), member);
    if (!s.word.empty()) value.text = code(s.word) + " or " + value.text;
    return value;
  }
  static Kind kind(const ObjectShape& s, const Member*) {
    auto& schema = s.schema();
    auto* m = schema.find(schema.short_form);
    auto text = m ? "a map, or its " + code(schema.short_form) + " alone" : std::string("a map");
    return {text, &schema, ""};
  }
  static Kind kind(const FiltersShape& s, const Member*) {
    if (!s.kind.empty()) return {"the settings of " + code(s.kind), nullptr, ""};
    return {s.exactly_one ? "a map with one filter by its kind" : "a map of filters by their kind", nullptr,
            ""};
  }
};

class Reference {
 public:
  // `heading`: the hashes of a section's.
  explicit Reference(std::string_view heading) : heading_(heading) {}

  void add(std::string_view text) { text_ += text; }
  void section(const Schema& schema, const std::string& path) {
    text_ += '\n' + heading_ + ' ' + (path.empty() ? "The top level" : code(path)) + "\n\n" +
             std::string(schema.doc) + "\n\n";
    keys(schema, path);
  }
  // What stands below a section's heading, and the sections of what is below.
  void keys(const Schema& schema, const std::string& path) {
    table(schema);
    for (auto& group : schema.exclusives) text_ += '\n' + rule(group) + '\n';
    open_.push_back(&schema);
    for (auto& m : schema.members) {
      auto kind = Kinds::of(*m.shape, &m);
      if (kind.object && std::ranges::find(open_, kind.object) == open_.end())
        section(*kind.object, path + (path.empty() ? "" : ".") + std::string(m.name) + kind.below);
    }
    open_.pop_back();
  }
  std::string take() { return std::move(text_); }

  void table(const Schema& schema) {
    text_ += "| key | value | default | meaning |\n|---|---|---|---|\n";
    auto defaults = schema.make();
    for (auto& m : schema.members)
      text_ += "| " + code(m.name) + " | " + cell(Kinds::of(*m.shape, &m).text) + " | " +
               standard(m, defaults.get()) + " | " + cell(m.doc) + (m.secret ? " Never printed." : "") +
               " |\n";
  }

 private:
  static std::string standard(const Member& m, void* object) {
    if (m.required) return "required";
    auto value = dump(*m.shape, m.at(object));
    if (value.is_object() || value.is_null() || (value.is_array() && value.empty())) return "";
    return cell(code(value.is_string() ? value.get<std::string>() : value.dump()));
  }
  static std::string rule(const Exclusive& group) {
    std::string names;
    for (auto name : group.names) names += (names.empty() ? "" : ", ") + code(name);
    return (group.one_is_required ? "Exactly one of " : "At most one of ") + names + '.';
  }
  static std::string cell(std::string_view text) {
    std::string escaped;
    for (char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
    return escaped == "``" ? "" : escaped;
  }

  std::string heading_;
  std::string text_;
  std::vector<const Schema*> open_;  // from the outermost to the one being written
};

}  // namespace

std::string reference_markdown() {
  Reference reference("##");
  reference.add(introduction);
  reference.section(Config::schema(), "");
  reference.add(on_filters);
  return reference.take();
}

std::string settings_markdown(const FilterSchema& filter) {
  Reference reference("###");
  reference.keys(*filter.schema, "");
  auto* m = filter.schema->find(filter.schema->short_form);
  if (m) reference.add("\nShort: what is no map stands for " + code(m->name) + ".\n");
  reference.add("\nBesides these there is [what every filter has](README.md#what-every-filter-has).\n");
  return reference.take();
}

std::string common_settings_markdown() {
  Reference reference("###");
  reference.table(FilterSettings::schema());
  return reference.take();
}

}  // namespace sluice::config
