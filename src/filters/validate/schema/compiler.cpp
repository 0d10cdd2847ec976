#include "filters/validate/schema/compiler.hpp"

#include <algorithm>

#include "filters/validate/schema/one_pass.hpp"
#include "filters/validate/schema/uri.hpp"
#include "json/number.hpp"
#include "json/pointer.hpp"

namespace sluice::filters::validate {

using json::Kind;
using json::Node;

namespace {

// Of schemas inside each other, or referring to each other in a row.
constexpr unsigned most_depth = 1000;

template <class T>
T& made(std::unique_ptr<T>& p) {
  if (!p) p = std::make_unique<T>();
  return *p;
}

std::uint8_t type_named(std::string_view name) {
  constexpr std::pair<std::string_view, std::uint8_t> names[] = {
      {"null", type_null},     {"boolean", type_boolean}, {"integer", type_integer}, {"number", type_number},
      {"string", type_string}, {"array", type_array},     {"object", type_object}};
  for (auto& [n, bits] : names)
    if (n == name) return bits;
  return 0;
}

const Node* number_of(const Node& schema, std::string_view keyword) {
  auto* n = schema.find(keyword);
  return n && n->is_number() ? n : nullptr;
}

// A count; one over all that could be reached is none.
void read_count(const Node& schema, std::string_view keyword, std::uint64_t& to) {
  auto* n = number_of(schema, keyword);
  if (n && n->flag && n->is(Kind::integer) && n->mantissa >= 0)
    to = static_cast<std::uint64_t>(n->mantissa);
  else if (n && n->flag)
    to = no_bound;
}

template <class F>
void for_members(const Node* object, F f) {
  if (!object || !object->is(Kind::object)) return;
  for (const Node* key = object->first(); key != object->end(); key = key[1].next()) f(*key, key[1]);
}
template <class F>
void for_elements(const Node* array, F f) {
  if (!array || !array->is(Kind::array)) return;
  for (const Node* e = array->first(); e != array->end(); e = e->next()) f(*e);
}

bool has_any(const Node& schema, std::initializer_list<std::string_view> keywords) {
  return std::ranges::any_of(keywords, [&](auto k) { return schema.find(k) != nullptr; });
}

}  // namespace

const Rule* Compiler::compile(const Node& root) {
  auto* compiled = rule(root);
  link_dynamics();
  if (errors_.empty()) refuse_endless();
  if (errors_.empty() && program_.dynamics.empty()) shorten_references();
  for (auto& r : program_.rules) r.quick = quick_of(r);
  if (program_.dynamics.empty()) find_straight();
  return past_references(compiled);
}

// What a rule that is nothing but a $ref refers to. Not where the way there counts (dynamic scopes), nor
// before it is known that the way ends.
const Rule* Compiler::past_references(const Rule* rule) const {
  bool ends = errors_.empty() && program_.dynamics.empty();
  while (ends && rule && rule->is_reference()) rule = rule->compound->reference;
  return rule;
}

void Compiler::shorten_references() {
  auto shorten = [this](const Rule*& r) { r = past_references(r); };
  auto all = [&](auto& list) { std::ranges::for_each(list, shorten); };
  for (auto& r : program_.rules) {
    shorten(r.unevaluated_items);
    shorten(r.unevaluated_properties);
    if (auto* c = r.compound.get()) {
      for (auto* one : {&c->reference, &c->none, &c->condition, &c->then, &c->otherwise}) shorten(*one);
      for (auto* list : {&c->all, &c->any, &c->one}) all(*list);
    }
    if (auto* a = r.array.get()) {
      all(a->first);
      shorten(a->rest);
      shorten(a->contained);
    }
    if (auto* o = r.object.get()) {
      o->names.for_each([&](Property& p) { shorten(p.rule); });
      for (auto& p : o->patterns) shorten(p.second);
      for (auto& d : o->dependencies) shorten(d.rule);
      shorten(o->additional);
      shorten(o->name);
    }
  }
}

void Compiler::find_straight() {
  for (auto& r : program_.rules) {
    r.straight = straight_types(r);
    if (!(r.straight & type_object)) continue;
    r.object->place = program_.places++;
    r.object->names.for_each([&](Property& p) { p.place = program_.places++; });
  }
}

void Compiler::error(const Rule& at, std::string_view keyword, const std::string& what) {
  errors_.push_back(at.location + '/' + std::string(keyword) + ": " + what);
}

const Rule* Compiler::rule(const Node& schema) {
  auto& known = known_[&schema];
  if (known) return known;
  auto& fresh = program_.rules.emplace_back();
  known = &fresh;
  auto& place = program_.library.place(&schema);
  fresh.resource = static_cast<std::uint32_t>(place.resource->index);
  fresh.location = place.resource->text + '#' + place.pointer;
  fresh.never = schema.is(Kind::boolean) && !schema.flag;
  fresh.simple = !fresh.never;
  if (!schema.is(Kind::object)) return &fresh;
  if (++depth_ <= most_depth)
    fill(fresh, schema);
  else if (depth_ == most_depth + 1)
    errors_.push_back(fresh.location + ": schemas lead to each other too deep");
  --depth_;
  return &fresh;
}

const Rule* Compiler::rule_at(const Node& schema, std::string_view keyword) {
  auto* below = schema.find(keyword);
  bool sound = below && (below->is(Kind::object) || below->is(Kind::boolean));
  return sound ? rule(*below) : nullptr;
}

void Compiler::fill(Rule& to, const Node& schema) {
  auto draft = program_.library.place(&schema).resource->draft;
  references(to, schema, draft);
  bool alone = draft == Draft::draft7 && schema.find("$ref");
  if (!alone) {
    types(to, schema);
    values(to, schema);
    numbers(to, schema);
    strings(to, schema);
    arrays(to, schema, draft);
    objects(to, schema, draft);
    compounds(to, schema, draft);
  }
  to.simple =
      !to.compound && !to.choices && !to.constant && !to.unevaluated_items && !to.unevaluated_properties;
  if (!to.simple) texts(to);
  if (to.number) to.detailed |= type_number;
  if (to.string) to.detailed |= type_string;
  if (to.array) to.detailed |= type_array;
  if (to.object) to.detailed |= type_object;
}

void Compiler::types(Rule& to, const Node& schema) {
  auto* type = schema.find("type");
  if (!type) return;
  to.types = type->is(Kind::string) ? type_named(type->text()) : std::uint8_t{0};
  for_elements(type, [&](const Node& e) {
    if (e.is(Kind::string)) to.types |= type_named(e.text());
  });
}

void Compiler::values(Rule& to, const Node& schema) {
  to.constant = schema.find("const");
  auto* choices = schema.find("enum");
  if (choices && choices->is(Kind::array)) to.choices = choices;
}

void Compiler::texts(Rule& to) {
  bool alone = to.choices && !to.constant && !to.compound && !to.string && (to.types & type_string);
  bool all = true;
  for_elements(to.choices, [&](const Node& e) { all &= e.is(Kind::string); });
  if (!alone || !all) return;
  for_elements(to.choices, [&](const Node& e) { made(to.texts).add(e.text()); });
  if (to.texts) to.texts->seal();
}

void Compiler::numbers(Rule& to, const Node& schema) {
  if (!has_any(schema, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})) return;
  auto& rules = made(to.number);
  rules.minimum = number_of(schema, "minimum");
  rules.maximum = number_of(schema, "maximum");
  rules.exclusive_minimum = number_of(schema, "exclusiveMinimum");
  rules.exclusive_maximum = number_of(schema, "exclusiveMaximum");
  rules.multiple_of = number_of(schema, "multipleOf");
  if (rules.multiple_of && rules.multiple_of->is(Kind::long_number))
    error(to, "multipleOf", "more than 18 digits");
  integers(rules);
}

void Compiler::integers(NumberRules& to) {
  auto low = std::numeric_limits<std::int64_t>::min(), high = std::numeric_limits<std::int64_t>::max();
  bool whole = !to.multiple_of;
  auto bound = [&](const Node* n, auto f) {
    whole &= !n || n->is(Kind::integer);
    if (n && whole) f(n->mantissa);
  };
  bound(to.minimum, [&](std::int64_t n) { low = std::max(low, n); });
  bound(to.exclusive_minimum, [&](std::int64_t n) { low = std::max(low, n + 1); });
  bound(to.maximum, [&](std::int64_t n) { high = std::min(high, n); });
  bound(to.exclusive_maximum, [&](std::int64_t n) { high = std::min(high, n - 1); });
  if (!whole) return;
  to.low = low;
  to.high = high;
}

void Compiler::strings(Rule& to, const Node& schema) {
  read_count(schema, "minLength", made(to.string).shortest);
  read_count(schema, "maxLength", to.string->longest);
  if (auto* p = schema.find("pattern"); p && p->is(Kind::string)) {
    std::string why;
    to.string->pattern = Pattern::compile(p->text(), why);
    if (!to.string->pattern) error(to, "pattern", "'" + std::string(p->text()) + "': " + why);
  }
  auto* f = schema.find("format");
  if (assert_formats_ && f && f->is(Kind::string)) to.string->format = find_format(f->text());
  to.string->only_length = !to.string->pattern && !to.string->format;
  bool any_length = to.string->shortest == 0 && to.string->longest == no_bound;
  if (any_length && to.string->only_length) to.string.reset();
}

void Compiler::arrays(Rule& to, const Node& schema, Draft draft) {
  if (draft == Draft::draft2020) to.unevaluated_items = rule_at(schema, "unevaluatedItems");
  if (!has_any(schema, {"minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains"})) return;
  auto& rules = made(to.array);
  read_count(schema, "minItems", rules.fewest);
  read_count(schema, "maxItems", rules.most);
  if (auto* unique = schema.find("uniqueItems")) rules.unique = unique->is_true();
  elements(rules, schema, draft);
  rules.contained = rule_at(schema, "contains");
  if (draft == Draft::draft7) return;
  rules.contained_counts = true;
  read_count(schema, "minContains", rules.fewest_contained);
  read_count(schema, "maxContains", rules.most_contained);
}

void Compiler::elements(ArrayRules& to, const Node& schema, Draft draft) {
  auto* items = schema.find("items");
  bool by_place = draft == Draft::draft7 && items && items->is(Kind::array);
  auto* first = draft == Draft::draft2020 ? schema.find("prefixItems") : by_place ? items : nullptr;
  for_elements(first, [&](const Node& e) { to.first.push_back(rule(e)); });
  to.rest = rule_at(schema, by_place ? "additionalItems" : "items");
}

void Compiler::objects(Rule& to, const Node& schema, Draft draft) {
  if (draft == Draft::draft2020) to.unevaluated_properties = rule_at(schema, "unevaluatedProperties");
  if (!has_any(schema, {"minProperties", "maxProperties", "properties", "required", "patternProperties",
                        "additionalProperties", "propertyNames", "dependencies", "dependentRequired",
                        "dependentSchemas"}))
    return;
  auto& rules = made(to.object);
  read_count(schema, "minProperties", rules.fewest);
  read_count(schema, "maxProperties", rules.most);
  required(rules, schema);
  properties(rules, schema);
  rules.names.seal();
  patterns(to, rules, schema);
  rules.additional = rule_at(schema, "additionalProperties");
  rules.name = rule_at(schema, "propertyNames");
  rules.names_decide = rules.patterns.empty() && !rules.name;
  dependencies(rules, schema, "dependencies");
  if (draft == Draft::draft7) return;
  dependencies(rules, schema, "dependentRequired");
  dependencies(rules, schema, "dependentSchemas");
}

void Compiler::properties(ObjectRules& to, const Node& schema) {
  for_members(schema.find("properties"), [&](const Node& key, const Node& value) {
    auto* below = rule(value);
    to.names.add(key.text()).rule = below;
  });
}

void Compiler::required(ObjectRules& to, const Node& schema) {
  for_elements(schema.find("required"), [&](const Node& e) {
    if (!e.is(Kind::string)) return;
    to.required.emplace_back(e.text());
    to.required_bits |= to.names.add(e.text()).bit;
  });
  to.required_have_bits = to.names.size() <= 64;
}

void Compiler::patterns(Rule& at, ObjectRules& to, const Node& schema) {
  for_members(schema.find("patternProperties"), [&](const Node& key, const Node& value) {
    std::string why;
    auto pattern = Pattern::compile(key.text(), why);
    if (pattern)
      to.patterns.emplace_back(std::move(pattern), rule(value));
    else
      error(at, "patternProperties", "'" + std::string(key.text()) + "': " + why);
  });
}

void Compiler::dependencies(ObjectRules& to, const Node& schema, const char* keyword) {
  for_members(schema.find(keyword), [&](const Node& key, const Node& value) {
    Dependency d{std::string(key.text()), {}, nullptr, keyword};
    for_elements(&value, [&](const Node& e) {
      if (e.is(Kind::string)) d.needed.emplace_back(e.text());
    });
    if (!value.is(Kind::array)) d.rule = rule(value);
    to.dependencies.push_back(std::move(d));
  });
}

void Compiler::compounds(Rule& to, const Node& schema, Draft) {
  auto list = [&](std::string_view keyword, std::vector<const Rule*> Compound::*where) {
    for_elements(schema.find(keyword), [&](const Node& e) {
      auto* below = rule(e);
      (made(to.compound).*where).push_back(below);
    });
  };
  auto one = [&](std::string_view keyword, const Rule* Compound::*where) {
    if (auto* below = rule_at(schema, keyword)) made(to.compound).*where = below;
  };
  list("allOf", &Compound::all);
  list("anyOf", &Compound::any);
  list("oneOf", &Compound::one);
  one("not", &Compound::none);
  if (!schema.find("if")) return;
  one("if", &Compound::condition);
  one("then", &Compound::then);
  one("else", &Compound::otherwise);
}

void Compiler::references(Rule& to, const Node& schema, Draft draft) {
  auto* reference = schema.find("$ref");
  if (reference && reference->is(Kind::string)) {
    std::string why;
    auto place = program_.library.place(&schema);
    if (auto* target = program_.library.resolve(place, reference->text(), why))
      made(to.compound).reference = rule(*target);
    else
      error(to, "$ref", why);
  }
  if (draft == Draft::draft2020) dynamic_reference(to, schema);
}

// 2020-12 core §8.2.3.2: where what it refers to is a dynamic anchor, the outermost one of that name counts.
void Compiler::dynamic_reference(Rule& to, const Node& schema) {
  auto* reference = schema.find("$dynamicRef");
  if (!reference || !reference->is(Kind::string)) return;
  std::string why;
  auto place = program_.library.place(&schema);
  auto* target = program_.library.resolve(place, reference->text(), why);
  if (!target) return error(to, "$dynamicRef", why);
  // A rule of one thing: beside a $ref it stands as one of `all`.
  auto* own = &to;
  if (made(to.compound).reference) {
    own = &program_.rules.emplace_back();
    own->resource = to.resource;
    own->location = to.location;
    own->simple = false;
    to.compound->all.push_back(own);
  }
  made(own->compound).reference = rule(*target);
  auto name = cut_fragment(reference->text()).fragment;
  if (!program_.library.place(target).resource->dynamic_anchors.contains(name)) return;
  auto [known, is_new] = dynamic_names_.emplace(name, dynamic_names_.size());
  own->compound->dynamic = known->second;
}

// Compiling an anchor's schema may bring further resources and names.
void Compiler::link_dynamics() {
  for (std::size_t seen = 0, now = 1; seen != now;) {
    seen = program_.library.resources().size() + dynamic_names_.size() + program_.rules.size();
    program_.dynamics.resize(dynamic_names_.size());
    auto names = dynamic_names_;
    for (auto& [name, index] : names) {
      for (auto& resource : program_.library.resources()) {
        program_.dynamics[index].resize(program_.library.resources().size());
        auto anchor = resource.anchors.find(name);
        if (!resource.dynamic_anchors.contains(name) || anchor == resource.anchors.end()) continue;
        program_.dynamics[index][resource.index] = rule(*anchor->second);
      }
    }
    now = program_.library.resources().size() + dynamic_names_.size() + program_.rules.size();
  }
}

void Compiler::refuse_endless() {
  for (auto& r : program_.rules)
    if (is_endless(r)) {
      errors_.push_back(r.location + ": refers to itself without coming to another value");
      return;
    }
}

// Depth first over what applies to the same value.
bool Compiler::is_endless(const Rule& r) {
  auto [at, is_new] = visited_.emplace(&r, false);
  if (!is_new) return !at->second;
  auto below = [this](const Rule* next) { return next && is_endless(*next); };
  auto any = [&](auto& list) { return std::ranges::any_of(list, below); };
  if (auto* c = r.compound.get()) {
    if (below(c->reference) || any(c->all) || any(c->any) || any(c->one) || below(c->none)) return true;
    if (below(c->condition) || below(c->then) || below(c->otherwise)) return true;
  }
  if (r.object)
    for (auto& d : r.object->dependencies)
      if (below(d.rule)) return true;
  visited_[&r] = true;
  return false;
}

}  // namespace sluice::filters::validate
