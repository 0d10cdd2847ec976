#include "filters/validate/schema/evaluation.hpp"

#include <algorithm>

#include "json/equal.hpp"
#include "json/number.hpp"
#include "json/pointer.hpp"
#include "json/utf8.hpp"

namespace sluice::filters::validate {

using json::Kind;
using json::Node;

namespace {

static_assert(static_cast<int>(Kind::string) == 5 && static_cast<int>(Kind::object) == 7);

std::string pointer_of(const Step* at) {
  std::vector<const Step*> steps;
  for (; at; at = at->up) steps.push_back(at);
  std::string pointer;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step)
    json::append_token(pointer,
                       (*step)->name ? std::string((*step)->name->text()) : std::to_string((*step)->index));
  return pointer;
}

// Few elements are compared one with the other, if that costs no more than their hashes.
constexpr std::uint32_t few = 8;

bool few_distinct(const Node& v) noexcept {
  for (const Node* a = v.first(); a != v.end(); a = a->next())
    for (const Node* b = a->next(); b != v.end(); b = b->next())
      if (json::equal(*a, *b)) return false;
  return true;
}

// Keeps a count, and gives it back.
class Deeper {
 public:
  explicit Deeper(unsigned& depth) noexcept : depth_(++depth) {}
  Deeper(const Deeper&) = delete;
  ~Deeper() { --depth_; }

 private:
  unsigned& depth_;
};

}  // namespace

template <bool collects>
bool Evaluation<collects>::fault(bool& good, Keyword keyword, const Rule& rule, const Node& v, const Step* at,
                                 About about) {
  good = false;
  if constexpr (!collects) return false;
  if (p_.faults->size() >= p_.most_faults) return false;
  auto& fault = p_.faults->emplace_back(fault_of(keyword, rule, v, about));
  fault.pointer = pointer_of(at);
  return p_.faults->size() < p_.most_faults;
}

template <bool collects>
void Evaluation<collects>::mark(const Marks* marks, std::size_t index) noexcept {
  if (marks) p_.scratch.marks[marks->begin + index / 64] |= std::uint64_t{1} << (index % 64);
}

template <bool collects>
bool Evaluation<collects>::thoroughly(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  if (rule.simple && (rule.types >> type_bit(v) & 1)) return of_its_kind(rule, v, at, marks);
  if (rule.texts && v.is(Kind::string) && rule.texts->has(v)) return true;
  return whole(rule, v, at, marks);
}

template <bool collects>
bool Evaluation<collects>::whole(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  bool good = true;
  if (rule.never) {
    fault(good, Keyword::never, rule, v, at);
    return false;
  }
  if (!((rule.types >> type_bit(v)) & 1)) {
    fault(good, Keyword::type, rule, v, at);
    return false;  // what else is wrong with a value of the wrong type says nothing
  }
  Deeper deeper(p_.depth);
  if (p_.depth > Progress::most_depth) {
    p_.steps = -1;
    return false;
  }
  if (p_.program.dynamics.empty() || (p_.scope && p_.scope->resource == rule.resource))
    return in_scope(rule, v, at, marks);
  Scope inner{p_.scope, rule.resource};
  p_.scope = &inner;
  good = in_scope(rule, v, at, marks);
  p_.scope = inner.outer;
  return good;
}

template <bool collects>
bool Evaluation<collects>::in_scope(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  if (rule.unevaluated_items && v.is(Kind::array))
    return with_unevaluated(rule, *rule.unevaluated_items, v, at, marks);
  if (rule.unevaluated_properties && v.is(Kind::object))
    return with_unevaluated(rule, *rule.unevaluated_properties, v, at, marks);
  return parts(rule, v, at, marks);
}

// 2020-12 core §11: what nothing else beside it has evaluated. With it, everything is.
template <bool collects>
bool Evaluation<collects>::with_unevaluated(const Rule& rule, const Rule& rest, const Node& v, const Step* at,
                                            const Marks* outer) {
  auto& bits = p_.scratch.marks;
  Marks own{bits.size(), v.size / 64 + 1};
  bits.resize(own.begin + own.words);
  bool good = parts(rule, v, at, &own);
  bool is_object = v.is(Kind::object);
  const Node* value = v.first();
  for (std::size_t i = 0; i < v.size && (good || collects); ++i) {
    const Node* name = is_object ? value++ : nullptr;
    Below below(at, name, i);
    bool seen = bits[own.begin + i / 64] >> (i % 64) & 1;
    if (!seen && !check(rest, *value, below.step(), nullptr)) good = false;
    value = value->next();
  }
  bits.resize(own.begin);
  for (std::size_t i = 0; outer && i < v.size; ++i) mark(outer, i);
  return good;
}

template <bool collects>
bool Evaluation<collects>::parts(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  bool good = (!rule.choices && !rule.constant) || values(rule, v, at);
  if (!good && !collects) return false;
  good &= of_its_kind(rule, v, at, marks);
  if (!good && !collects) return false;
  return (!rule.compound || compounds(rule, v, at, marks)) && good;
}

template <bool collects>
bool Evaluation<collects>::of_its_kind(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  if (v.is(Kind::string)) return !rule.string || string(rule, v, at);
  if (v.is_number()) return !rule.number || number(rule, v, at);
  if (v.is(Kind::object)) return !rule.object || object(rule, v, at, marks);
  return !v.is(Kind::array) || !rule.array || array(rule, v, at, marks);
}

template <bool collects>
bool Evaluation<collects>::values(const Rule& rule, const Node& v, const Step* at) {
  bool good = true;
  if (rule.constant && !(spend(rule.constant->next() - rule.constant) && json::equal(*rule.constant, v)) &&
      !fault(good, Keyword::constant, rule, v, at))
    return false;
  if (!rule.choices) return good;
  if (!spend(rule.choices->span)) return false;
  for (const Node* c = rule.choices->first(); c != rule.choices->end(); c = c->next())
    if (json::equal(*c, v)) return good;
  fault(good, Keyword::choices, rule, v, at);
  return false;
}

template <bool collects>
bool Evaluation<collects>::number(const Rule& rule, const Node& v, const Step* at) {
  auto& n = *rule.number;
  if (v.is(Kind::integer) && v.mantissa >= n.low && v.mantissa <= n.high) return true;
  bool good = true;
  if (v.is(Kind::long_number) && !spend(v.size / 16)) return false;
  if (n.minimum && json::compare(v, *n.minimum) < 0 && !fault(good, Keyword::minimum, rule, v, at))
    return false;
  if (n.maximum && json::compare(v, *n.maximum) > 0 && !fault(good, Keyword::maximum, rule, v, at))
    return false;
  if (n.exclusive_minimum && json::compare(v, *n.exclusive_minimum) <= 0 &&
      !fault(good, Keyword::exclusive_minimum, rule, v, at))
    return false;
  if (n.exclusive_maximum && json::compare(v, *n.exclusive_maximum) >= 0 &&
      !fault(good, Keyword::exclusive_maximum, rule, v, at))
    return false;
  if (n.multiple_of && !json::is_multiple(v, *n.multiple_of)) fault(good, Keyword::multiple_of, rule, v, at);
  return good;
}

template <bool collects>
bool Evaluation<collects>::string(const Rule& rule, const Node& v, const Step* at) {
  auto& s = *rule.string;
  bool good = true;
  std::size_t length = v.flag ? v.size : json::code_points(v.text());
  if (length < s.shortest && !fault(good, Keyword::shortest, rule, v, at)) return false;
  if (length > s.longest && !fault(good, Keyword::longest, rule, v, at)) return false;
  return s.only_length ? good : form(rule, v, at) && good;
}

template <bool collects>
bool Evaluation<collects>::form(const Rule& rule, const Node& v, const Step* at) {
  auto& s = *rule.string;
  bool good = true;
  if (!spend(v.size / 64)) return false;
  if (s.pattern && !s.pattern->matches(v.text()) && !fault(good, Keyword::pattern, rule, v, at)) return false;
  if (s.format && !s.format->matches(v.text())) fault(good, Keyword::format, rule, v, at);
  return good;
}

template <bool collects>
bool Evaluation<collects>::array(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  Deeper deeper(p_.depth);
  auto& a = *rule.array;
  bool good = true;
  if (v.size < a.fewest && !fault(good, Keyword::fewest_items, rule, v, at)) return false;
  if (v.size > a.most && !fault(good, Keyword::most_items, rule, v, at)) return false;
  if (a.unique && !all_distinct(v) && !fault(good, Keyword::unique, rule, v, at)) return false;
  if (!elements(a, v, at, marks)) good = false;
  if (!good && !collects) return false;
  return (!a.contained || contains(rule, v, at, marks)) && good;
}

template <bool collects>
bool Evaluation<collects>::elements(const ArrayRules& a, const Node& v, const Step* at, const Marks* marks) {
  if (a.first.empty() && !a.rest) return true;
  if (!collects && !marks && a.first.empty()) return same_elements(*a.rest, v);
  bool good = true;
  const Node* e = v.first();
  for (std::size_t i = 0; i < v.size; ++i, e = e->next()) {
    auto* rule = i < a.first.size() ? a.first[i] : a.rest;
    if (!rule) break;
    Below below(at, nullptr, i);
    if (!check(*rule, *e, below.step(), nullptr)) good = false;
    if (!good && !collects) return false;
    mark(marks, i);
  }
  return good;
}

// The same where one rule holds for all and nobody asks which elements were evaluated.
template <bool collects>
bool Evaluation<collects>::same_elements(const Rule& rule, const Node& v) {
  if (!spend(v.size)) return false;
  for (const Node *e = v.first(), *end = v.end(); e != end; e = e->next())
    if (!passes(rule, *e, nullptr, nullptr)) return false;
  return true;
}

template <bool collects>
bool Evaluation<collects>::contains(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  auto& a = *rule.array;
  std::size_t found = 0, i = 0;
  bool counts = a.contained_counts && marks;
  for (const Node* e = v.first(); e != v.end(); e = e->next(), ++i) {
    if (!branch(*a.contained, *e, nullptr)) continue;
    ++found;
    if (counts) mark(marks, i);
    if (!counts && a.most_contained == no_bound && found >= a.fewest_contained) break;
  }
  bool good = true;
  auto few = a.fewest_contained == 1 ? Keyword::contains : Keyword::fewest_contained;
  if (found < a.fewest_contained && !fault(good, few, rule, v, at)) return false;
  if (found > a.most_contained) fault(good, Keyword::most_contained, rule, v, at);
  return good;
}

// By their hashes, sorted: n log n whatever they are.
template <bool collects>
bool Evaluation<collects>::all_distinct(const Node& v) {
  if (v.size < 2) return true;
  if (!spend(v.span)) return false;
  if (v.size <= few) return few_distinct(v);
  auto& hashes = p_.scratch.hashes;
  hashes.clear();
  for (const Node* e = v.first(); e != v.end(); e = e->next()) hashes.emplace_back(json::hash(*e), e);
  std::ranges::sort(hashes);
  for (std::size_t i = 0; i + 1 < hashes.size(); ++i)
    for (std::size_t j = i + 1; j < hashes.size() && hashes[j].first == hashes[i].first; ++j)
      if (json::equal(*hashes[i].second, *hashes[j].second)) return false;
  return true;
}

template <bool collects>
bool Evaluation<collects>::object(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  Deeper deeper(p_.depth);
  auto& o = *rule.object;
  bool good = true;
  std::uint64_t present = 0;
  if (v.size < o.fewest && !fault(good, Keyword::fewest_properties, rule, v, at)) return false;
  if (v.size > o.most && !fault(good, Keyword::most_properties, rule, v, at)) return false;
  bool quick = !collects && !marks && o.names_decide;
  if (quick ? !named_members(o, v, present) : !members(o, v, at, marks, present)) good = false;
  if (!good && !collects) return false;
  bool complete = o.required_have_bits && (present & o.required_bits) == o.required_bits;
  if (!complete && !required(rule, v, at)) good = false;
  if (!good && !collects) return false;
  return (o.dependencies.empty() || dependencies(rule, v, at, marks)) && good;
}

template <bool collects>
bool Evaluation<collects>::members(const ObjectRules& o, const Node& v, const Step* at, const Marks* marks,
                                   std::uint64_t& present) {
  bool good = true;
  std::size_t i = 0;
  for (const Node* key = v.first(); key != v.end(); key = key[1].next(), ++i) {
    auto* known = o.names.find(*key);
    if (known) present |= known->bit;
    Below below(at, key, 0);
    bool evaluated = known && known->rule;
    if (!member(o, known, *key, below.step(), evaluated)) good = false;
    if (!good && !collects) return false;
    if (evaluated) mark(marks, i);
  }
  return good;
}

// The same where names alone decide and nobody asks which members were evaluated.
template <bool collects>
bool Evaluation<collects>::named_members(const ObjectRules& o, const Node& v, std::uint64_t& present) {
  if (!spend(v.size)) return false;
  auto* const additional = o.additional;
  std::uint64_t bits = 0;
  for (const Node *key = v.first(), *end = v.end(); key != end;) {
    auto* rule = additional;
    if (auto* known = o.names.find(*key)) [[likely]] {
      bits |= known->bit;
      if (known->rule) rule = known->rule;
    }
    auto& value = key[1];
    if (rule && !passes(*rule, value, nullptr, nullptr)) return false;
    key = value.next();
  }
  present = bits;
  return true;
}

template <bool collects>
bool Evaluation<collects>::member(const ObjectRules& o, const Property* known, const Node& key,
                                  const Step* at, bool& evaluated) {
  bool good = !o.name || check(*o.name, key, at, nullptr);
  if (evaluated && !check(*known->rule, (&key)[1], at, nullptr)) good = false;
  if (!spend(o.patterns.size() * (key.size / 64 + 1))) return false;
  for (auto& [pattern, rule] : o.patterns) {
    if (!good && !collects) return false;
    if (!pattern->matches(key.text())) continue;
    evaluated = true;
    if (!check(*rule, (&key)[1], at, nullptr)) good = false;
  }
  if (evaluated || !o.additional) return good;
  evaluated = true;
  return check(*o.additional, (&key)[1], at, nullptr) && good;
}

template <bool collects>
bool Evaluation<collects>::required(const Rule& rule, const Node& v, const Step* at) {
  bool good = true;
  for (auto& name : rule.object->required) {
    if (!spend(v.size / 4 + 1)) return false;
    if (!v.find(name) && !fault(good, Keyword::required, rule, v, at, {name})) return false;
  }
  return good;
}

template <bool collects>
bool Evaluation<collects>::dependencies(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  bool good = true;
  for (auto& d : rule.object->dependencies) {
    if (!spend((1 + d.needed.size()) * (v.size / 4 + 1))) return false;
    if (!v.find(d.name)) continue;
    bool all = std::ranges::all_of(d.needed, [&](auto& name) { return v.find(name) != nullptr; });
    if (!all && !fault(good, Keyword::dependency, rule, v, at, {{}, &d})) return false;
    if (d.rule && !check(*d.rule, v, at, marks)) good = false;
    if (!good && !collects) return false;
  }
  return good;
}

template <bool collects>
bool Evaluation<collects>::compounds(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  auto& c = *rule.compound;
  bool good = !c.reference || references(rule, v, at, marks);
  auto also = [&](bool passed) {
    good &= passed;
    return good || collects;
  };
  if (!also(true)) return false;
  for (auto* r : c.all)
    if (!also(check(*r, v, at, marks))) return false;
  if (!c.any.empty() && !also(any(rule, v, at, marks))) return false;
  if (!c.one.empty() && !also(one(rule, v, at, marks))) return false;
  if (c.none && branch(*c.none, v, nullptr) && !fault(good, Keyword::none, rule, v, at)) return false;
  return (!c.condition || conditions(c, v, at, marks)) && good;
}

template <bool collects>
bool Evaluation<collects>::references(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  auto& c = *rule.compound;
  auto* target = c.reference;
  if (c.dynamic != Compound::no_dynamic) {
    auto& anchors = p_.program.dynamics[c.dynamic];
    for (auto* scope = p_.scope; scope; scope = scope->outer)
      if (auto* outer = anchors[scope->resource]) target = outer;
  }
  return check(*target, v, at, marks);
}

// A branch that does not match leaves no marks.
template <bool collects>
bool Evaluation<collects>::branch(const Rule& rule, const Node& v, const Marks* marks) {
  Evaluation<false> quiet(p_);
  if (!marks) return quiet.check(rule, v, nullptr, nullptr);
  auto& bits = p_.scratch.marks;
  Marks own{bits.size(), marks->words};
  bits.resize(own.begin + own.words);
  bool good = quiet.check(rule, v, nullptr, &own);
  for (std::size_t i = 0; good && i < own.words; ++i) bits[marks->begin + i] |= bits[own.begin + i];
  bits.resize(own.begin);
  return good;
}

template <bool collects>
bool Evaluation<collects>::any(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  bool good = false;
  for (auto* r : rule.compound->any) {
    good |= branch(*r, v, marks);
    if (good && !marks) return true;
  }
  if (good) return true;
  if (!collects || !explain(rule.compound->any, v, at)) fault(good, Keyword::any, rule, v, at);
  return false;
}

template <bool collects>
bool Evaluation<collects>::one(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
  std::size_t count = 0;
  for (auto* r : rule.compound->one) {
    count += branch(*r, v, marks);
    if (count > 1 && !collects) return false;
  }
  bool good = count == 1;
  if (good) return true;
  if (!collects || count || !explain(rule.compound->one, v, at))
    fault(good, Keyword::one, rule, v, at, {{}, nullptr, count});
  return false;
}

// Where one alternative alone takes this type of value, its own faults say more than that none matches.
template <bool collects>
bool Evaluation<collects>::explain(const std::vector<const Rule*>& alternatives, const Node& v,
                                   const Step* at) {
  const Rule* only = nullptr;
  for (auto* r : alternatives) {
    auto* shown = r;
    for (int i = 0; i < 8 && shown->types == type_any && shown->compound && shown->compound->reference; ++i)
      shown = shown->compound->reference;
    if (shown->never || !((shown->types >> type_bit(v)) & 1)) continue;
    if (only) return false;
    only = r;
  }
  auto before = p_.faults->size();
  if (only) check(*only, v, at, nullptr);
  return p_.faults->size() > before;
}

template <bool collects>
bool Evaluation<collects>::conditions(const Compound& c, const Node& v, const Step* at, const Marks* marks) {
  auto* next = branch(*c.condition, v, marks) ? c.then : c.otherwise;
  return !next || check(*next, v, at, marks);
}

template class Evaluation<false>;
template class Evaluation<true>;

}  // namespace sluice::filters::validate
