#include "filters/validate/schema/one_pass.hpp"

#include "json/scan.hpp"

namespace sluice::filters::validate {
namespace {

bool is_straight(const ObjectRules& o) noexcept {
  return o.names_decide && o.dependencies.empty() && o.names.size() <= 64;
}
bool is_straight(const ArrayRules& a) noexcept {
  return a.rest && a.first.empty() && !a.unique && !a.contained;
}

// What stands around a name in a text: two quotation marks and a colon.
constexpr std::size_t around = 3;

// Whether it stands at `at`, as most write it. A name that is a habit has nothing in it that JSON would write
// in another way, and can be compared within the padding.
bool stands_at(const Property& p, const char* at) noexcept {
  return json::equal_padded(p.name.begin - 1, at, p.name.size + around);
}
bool may_be_habit(const Property& p) noexcept {
  return p.name.size + around <= json::padding;
}

}  // namespace

std::uint8_t straight_types(const Rule& rule) noexcept {
  unsigned types = 0;
  if (rule.simple && rule.object && is_straight(*rule.object)) types |= type_object;
  if (rule.simple && rule.array && is_straight(*rule.array)) types |= type_array;
  return static_cast<std::uint8_t>(types & rule.types);
}

OnePass::OnePass(json::Reader& reader, const json::Limits& limits, Progress& progress)
    : reader_(reader), limits_(limits), progress_(progress) {
  auto& habits = progress.scratch.habits;
  bool names_may_be_too_long = limits.string < json::padding;
  if (habits.of != &progress.program || names_may_be_too_long) {
    habits.of = &progress.program;
    habits.next.assign(progress.program.places, nullptr);
  }
  next_ = habits.next.data();
}

bool OnePass::takes(const Rule& root) {
  At at = value(root, json::skip_space(reader_.begin()), limits_.depth);
  return at && json::skip_space(at) == reader_.end() && !progress_.exhausted();
}

[[gnu::always_inline]] inline OnePass::At OnePass::value(const Rule& rule, At at, std::size_t depth) {
  std::int64_t number;
  if (*at == '"') {
    At end = json::plain_end(at + 1);
    auto size = static_cast<std::size_t>(end - at - 1);
    bool plain = *end == '"' && size <= limits_.string;
    if (plain && (rule.quick.takes_text(size) || (rule.texts && rule.texts->find(at + 1, size))))
      return end + 1;
  } else if (At end = json::short_integer_end(at, number)) {
    if (rule.quick.takes_integer(number)) return end;
  } else if (*at == '{' && (rule.straight & type_object)) {
    return object(rule, at, depth);
  } else if (*at == '[' && (rule.straight & type_array)) {
    return array(rule, at, depth);
  }
  return by_nodes(rule, at, depth);
}

[[gnu::noinline]] OnePass::At OnePass::by_nodes(const Rule& rule, At at, std::size_t depth) {
  if (!reader_.is_as_it_came(at)) return nullptr;
  auto* nodes = reader_.nodes();
  auto read = reader_.any_value({at, nodes}, depth);
  if (!read.at) return nullptr;
  progress_.steps += Progress::steps_for_each_value * (read.to - nodes);
  progress_.depth = static_cast<unsigned>(limits_.depth - depth);
  return Evaluation<false>(progress_).check(rule, *nodes, nullptr, nullptr) ? read.at : nullptr;
}

// All that is read twice is no more than the text, or objects that turn out like this inside each other would
// cost what they are deep.
[[gnu::noinline]] OnePass::At OnePass::again(const Rule& rule, At begin, At at, std::size_t depth) {
  twice_ += at - begin;
  return twice_ <= reader_.end() - reader_.begin() ? by_nodes(rule, begin, depth) : nullptr;
}

// Bodies from one client have their members in one order, so what came next the last time is looked for
// before all others.
[[gnu::always_inline]] inline OnePass::Named OnePass::name(const Names& names, const Property*& usual,
                                                           At at) {
  if (usual && stands_at(*usual, at)) [[likely]]
    return {at + usual->name.size + around, usual};
  return new_name(names, usual, at);
}

[[gnu::noinline]] OnePass::Named OnePass::new_name(const Names& names, const Property*& usual, At at) {
  if (*at != '"') return {};
  At begin = at + 1;
  At end = json::plain_end(begin);
  auto size = static_cast<std::size_t>(end - begin);
  if (*end != '"' || size > limits_.string) return {};
  auto* known = names.find(begin, size);
  at = json::skip_space(end + 1);
  if (!known || !known->rule || *at != ':') return {};
  if (may_be_habit(*known)) usual = known;
  return {at + 1, known};
}

OnePass::At OnePass::object(const Rule& rule, At begin, std::size_t depth) {
  if (depth == 0) return nullptr;
  auto& o = *rule.object;
  At at = json::skip_space(begin + 1);
  auto place = o.place;
  std::uint64_t present = 0;
  std::size_t count = 0;
  for (bool more = *at != '}'; more; ++count) {
    auto [behind, known] = name(o.names, next_[place], at);
    if (!known) return again(rule, begin, at, depth);
    if (present & known->bit) return nullptr;
    present |= known->bit;
    place = known->place;
    at = value(*known->rule, json::next_word(behind), depth - 1);
    if (!at) return nullptr;
    more = json::goes_on(at);
  }
  bool good = *at == '}' && (present & o.required_bits) == o.required_bits && count >= o.fewest &&
              count <= o.most && count <= limits_.members;
  return good ? at + 1 : nullptr;
}

OnePass::At OnePass::array(const Rule& rule, At begin, std::size_t depth) {
  if (depth == 0) return nullptr;
  auto& a = *rule.array;
  At at = json::skip_space(begin + 1);
  std::size_t count = 0;
  for (bool more = *at != ']'; more; ++count) {
    at = value(*a.rest, at, depth - 1);
    if (!at) return nullptr;
    more = json::goes_on(at);
  }
  bool good = *at == ']' && count >= a.fewest && count <= a.most && count <= limits_.members;
  return good ? at + 1 : nullptr;
}

}  // namespace sluice::filters::validate
