#include "filters/validate/schema/fault.hpp"

#include <bit>

#include "http/problem.hpp"
#include "json/number.hpp"
#include "json/utf8.hpp"

namespace sluice::filters::validate {
namespace {

using json::Kind;
using json::Node;

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  return (out += text) += '\'';
}

std::string count(std::uint64_t n, const char* one, const char* many) {
  return std::to_string(n) + ' ' + (n == 1 ? one : many);
}

std::string_view last_token(std::string_view location) {
  return location.substr(location.rfind('/') + 1);
}

std::string types(std::uint8_t bits) {
  constexpr std::pair<std::uint8_t, std::string_view> names[] = {
      {type_null, "null"},          {type_boolean, "a boolean"}, {type_number, "a number"},
      {type_integer, "an integer"}, {type_string, "a string"},   {type_array, "an array"},
      {type_object, "an object"}};
  std::string text;
  for (auto& [bit, name] : names) {
    if ((bits & bit) != bit) continue;
    bits = static_cast<std::uint8_t>(bits & ~bit);
    text += (text.empty() ? "" : bits ? ", " : " or ") + std::string(name);
  }
  return text;
}

std::string one_of(const Node& choices) {
  std::string text;
  for (const Node* c = choices.first(); c != choices.end(); c = c->next()) {
    if (text.size() > 200) return text + ", ...";
    text += (text.empty() ? "" : ", ") + spelled(*c, 80);
  }
  return text;
}

std::string needed(const Dependency& d) {
  std::string text;
  for (auto& name : d.needed) text += (text.empty() ? "" : ", ") + in_quotes(name);
  return text;
}

std::string number_text(const Node& n) {
  if (n.is(Kind::long_number)) return std::string(n.text());
  auto text = std::to_string(n.mantissa);
  if (!n.is(Kind::decimal)) return text;
  auto exponent = n.exponent();
  std::size_t sign = n.mantissa < 0;
  auto digits = static_cast<std::int64_t>(text.size() - sign);
  if (exponent > 0 || exponent < -18) return text + 'e' + std::to_string(exponent);
  if (digits <= -exponent) text.insert(sign, static_cast<std::size_t>(-exponent - digits + 1), '0');
  return text.insert(text.size() - static_cast<std::size_t>(-exponent), ".");
}

class Spelling {
 public:
  explicit Spelling(std::size_t most) : most_(most) {}
  std::string run(const Node& v) {
    value(v);
    if (out_.size() <= most_) return std::move(out_);
    out_.resize(most_);
    while (!out_.empty() && !json::is_utf8(out_)) out_.pop_back();
    return out_ + "...";
  }

 private:
  void value(const Node& v) {
    if (out_.size() > most_) return;
    if (v.is(Kind::null)) out_ += "null";
    if (v.is(Kind::boolean)) out_ += v.flag ? "true" : "false";
    if (v.is_number()) out_ += number_text(v);
    if (v.is(Kind::string)) string(v.text());
    if (v.is(Kind::array)) array(v);
    if (v.is(Kind::object)) object(v);
  }
  void string(std::string_view text) {
    out_ += '"';
    http::append_json_escaped(out_, text.substr(0, most_));
    out_ += '"';
  }
  void array(const Node& v) {
    out_ += '[';
    for (const Node* e = v.first(); e != v.end() && out_.size() <= most_; e = e->next()) {
      if (e != v.first()) out_ += ',';
      value(*e);
    }
    out_ += ']';
  }
  void object(const Node& v) {
    out_ += '{';
    for (const Node* key = v.first(); key != v.end() && out_.size() <= most_; key = key[1].next()) {
      if (key != v.first()) out_ += ',';
      string(key->text());
      out_ += ':';
      value(key[1]);
    }
    out_ += '}';
  }

  std::size_t most_;
  std::string out_;
};

struct Words {
  std::string_view keyword;
  std::string detail;
};

Words number_words(Keyword k, const NumberRules& n) {
  switch (k) {
    case Keyword::minimum:
      return {"minimum", "must be at least " + number_text(*n.minimum)};
    case Keyword::maximum:
      return {"maximum", "must be at most " + number_text(*n.maximum)};
    case Keyword::exclusive_minimum:
      return {"exclusiveMinimum", "must be more than " + number_text(*n.exclusive_minimum)};
    case Keyword::exclusive_maximum:
      return {"exclusiveMaximum", "must be less than " + number_text(*n.exclusive_maximum)};
    default:
      return {"multipleOf", "must be a multiple of " + number_text(*n.multiple_of)};
  }
}

Words string_words(Keyword k, const StringRules& s) {
  switch (k) {
    case Keyword::shortest:
      return {"minLength", "must have at least " + count(s.shortest, "character", "characters")};
    case Keyword::longest:
      return {"maxLength", "must have at most " + count(s.longest, "character", "characters")};
    case Keyword::pattern:
      return {"pattern", "must match " + in_quotes(s.pattern->spelling())};
    default:
      return {"format", "must be a valid " + std::string(s.format->name)};
  }
}

Words array_words(Keyword k, const ArrayRules& a) {
  switch (k) {
    case Keyword::fewest_items:
      return {"minItems", "must have at least " + count(a.fewest, "element", "elements")};
    case Keyword::most_items:
      return {"maxItems", "must have at most " + count(a.most, "element", "elements")};
    case Keyword::unique:
      return {"uniqueItems", "must not have the same element twice"};
    case Keyword::contains:
      return {"contains", "must have an element that matches 'contains'"};
    case Keyword::fewest_contained:
      return {"minContains",
              "must have at least " + count(a.fewest_contained, "element", "elements") +
                  (a.fewest_contained == 1 ? " that matches 'contains'" : " that match 'contains'")};
    default:
      return {"maxContains",
              "must have at most " + count(a.most_contained, "element", "elements") +
                  (a.most_contained == 1 ? " that matches 'contains'" : " that match 'contains'")};
  }
}

Words object_words(Keyword k, const ObjectRules& o, const About& about) {
  switch (k) {
    case Keyword::fewest_properties:
      return {"minProperties", "must have at least " + count(o.fewest, "property", "properties")};
    case Keyword::most_properties:
      return {"maxProperties", "must have at most " + count(o.most, "property", "properties")};
    case Keyword::required:
      return {"required", "the property " + in_quotes(about.name) + " is missing"};
    default:
      return {about.dependency->keyword, "with the property " + in_quotes(about.dependency->name) +
                                             " there must be " + needed(*about.dependency)};
  }
}

Words words(Keyword k, const Rule& rule, const About& about) {
  switch (k) {
    case Keyword::never:
      return {last_token(rule.location), "is not allowed"};
    case Keyword::type:
      return {"type", "must be " + types(rule.types)};
    case Keyword::choices:
      return {"enum", "must be one of " + one_of(*rule.choices)};
    case Keyword::constant:
      return {"const", "must be " + spelled(*rule.constant, 200)};
    case Keyword::any:
      return {"anyOf", "matches none of " + count(rule.compound->any.size(), "alternative", "alternatives")};
    case Keyword::one:
      return {"oneOf",
              (about.count ? "matches " + std::to_string(about.count) : std::string("matches none")) +
                  " of " + count(rule.compound->one.size(), "alternative", "alternatives") +
                  (about.count ? ", must match one" : "")};
    case Keyword::none:
      return {"not", "must not match 'not'"};
    default:
      break;
  }
  if (k <= Keyword::multiple_of) return number_words(k, *rule.number);
  if (k <= Keyword::format) return string_words(k, *rule.string);
  if (k <= Keyword::most_contained) return array_words(k, *rule.array);
  return object_words(k, *rule.object, about);
}

}  // namespace

std::string spelled(const Node& value, std::size_t most) {
  return Spelling(most).run(value);
}

SchemaFault fault_of(Keyword keyword, const Rule& rule, const Node& value, const About& about) {
  auto [name, detail] = words(keyword, rule, about);
  auto location = rule.location;
  if (keyword != Keyword::never) (location += '/') += name;
  return {{}, name, std::move(location), std::move(detail), &value};
}

}  // namespace sluice::filters::validate
