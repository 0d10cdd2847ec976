// Holds a value against a rule. Evaluation<false> says yes or no and stops at the first fault;
// Evaluation<true> goes on and collects them. Both do a bounded number of steps: what needs more is refused.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "filters/validate/schema/fault.hpp"
#include "filters/validate/schema/rule.hpp"

namespace sluice::filters::validate {

// Which member came behind which, in the objects of the last bodies: behind a property, or, at an object's
// own place, first. Of one program, which lives as long.
struct Habits {
  const Program* of = nullptr;
  std::vector<const Property*> next;
};

// Memory that checks use again and again.
struct Scratch {
  Habits habits;
  std::vector<std::uint64_t> marks;  // of members and elements that were evaluated; a stack
  std::vector<std::pair<std::uint64_t, const json::Node*>> hashes;
};

// The schema resources that an evaluation has entered, the innermost first (2020-12 core §7.1).
struct Scope {
  const Scope* outer;
  std::uint32_t resource;
};

// From a value to the document's root.
struct Step {
  const Step* up;
  const json::Node* name;  // of a member, or null
  std::size_t index;       // of an element
};

// A bit for each member or element, in Scratch::marks.
struct Marks {
  std::size_t begin, words;
};

struct Progress {
  const Program& program;
  Scratch& scratch;
  std::int64_t steps;  // left
  std::vector<SchemaFault>* faults = nullptr;
  std::size_t most_faults = 0;
  unsigned depth = 0;  // of rules inside each other
  const Scope* scope = nullptr;

  static constexpr unsigned most_depth = 1000;
  // A check may do so many steps, a rule held against a value being one.
  static constexpr std::int64_t steps_in_any_case = 100'000;
  static constexpr std::int64_t steps_for_each_value = 64;
  bool exhausted() const noexcept { return steps < 0; }
};

template <bool collects>
class Evaluation {
 public:
  explicit Evaluation(Progress& progress) noexcept : p_(progress) {}

  bool check(const Rule& rule, const json::Node& v, const Step* at, const Marks* marks) {
    return spend(1) && passes(rule, v, at, marks);
  }

 private:
  using Node = json::Node;
  struct Below;

  static unsigned type_bit(const Node& v) noexcept;
  // False: stop. A fault was noted, and more are not wanted.
  bool fault(bool& good, Keyword keyword, const Rule& rule, const Node& v, const Step* at, About about = {});
  bool spend(std::size_t steps) noexcept {
    p_.steps -= static_cast<std::int64_t>(steps);
    return p_.steps >= 0;
  }

  // Of a step that is spent.
  bool passes(const Rule& rule, const Node& v, const Step* at, const Marks* marks) {
    return rule.quick.takes(v) || thoroughly(rule, v, at, marks);
  }
  bool thoroughly(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool whole(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool in_scope(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool with_unevaluated(const Rule& rule, const Rule& rest, const Node& v, const Step* at,
                        const Marks* outer);
  bool parts(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool of_its_kind(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool values(const Rule& rule, const Node& v, const Step* at);
  bool number(const Rule& rule, const Node& v, const Step* at);
  bool string(const Rule& rule, const Node& v, const Step* at);
  bool form(const Rule& rule, const Node& v, const Step* at);
  bool array(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool elements(const ArrayRules& rules, const Node& v, const Step* at, const Marks* marks);
  bool contains(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool all_distinct(const Node& v);
  bool object(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool members(const ObjectRules& rules, const Node& v, const Step* at, const Marks* marks,
               std::uint64_t& present);
  bool same_elements(const Rule& rule, const Node& v);
  bool named_members(const ObjectRules& rules, const Node& v, std::uint64_t& present);
  bool member(const ObjectRules& rules, const Property* known, const Node& key, const Step* at,
              bool& evaluated);
  bool required(const Rule& rule, const Node& v, const Step* at);
  bool dependencies(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool compounds(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool references(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool any(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool one(const Rule& rule, const Node& v, const Step* at, const Marks* marks);
  bool conditions(const Compound& compound, const Node& v, const Step* at, const Marks* marks);
  bool branch(const Rule& rule, const Node& v, const Marks* marks);
  bool explain(const std::vector<const Rule*>& alternatives, const Node& v, const Step* at);

  void mark(const Marks* marks, std::size_t index) noexcept;

  Progress& p_;
};

// The way to a member or element; nobody asks for it but who collects.
template <bool collects>
struct Evaluation<collects>::Below {
  Below(const Step* up, const Node* name, std::size_t index) noexcept {
    if constexpr (collects) step_ = {up, name, index};
  }
  const Step* step() const noexcept { return collects ? &step_ : nullptr; }

 private:
  Step step_;
};

extern template class Evaluation<false>;
extern template class Evaluation<true>;

template <bool collects>
inline unsigned Evaluation<collects>::type_bit(const Node& v) noexcept {
  using json::Kind;
  if (v.kind >= Kind::string) return static_cast<unsigned>(v.kind) - 1;  // 4, 5, 6
  if (v.kind >= Kind::integer) return v.flag ? 2 : 3;
  return static_cast<unsigned>(v.kind);  // 0, 1
}

}  // namespace sluice::filters::validate
