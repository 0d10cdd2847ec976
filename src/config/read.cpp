#include "config/read.hpp"

#include <algorithm>
#include <array>

#include "config/config.hpp"
#include "config/suggest.hpp"

namespace sluice::config {
namespace {

bool is_number(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// What a bare number was probably meant to be.
std::string with_unit(const ScalarShape& shape, const std::string& number) {
  return "; write '" + number + std::string(shape.unit) + "'";
}

std::string in_quotes(std::string_view name) {
  return '\'' + std::string(name) + '\'';
}

// "'a', 'b' or 'c'"
std::string one_of_names(std::span<const std::string_view> names) {
  std::string text;
  for (auto name : names)
    text += (text.empty() ? "" : name == names.back() ? " or " : ", ") + in_quotes(name);
  return text;
}

class ObjectFaults final : public Faults {
 public:
  ObjectFaults(const Cursor& at, Problems& problems) : at_(at), problems_(problems) {}
  void add(std::string_view key, std::string message) override {
    auto where = at_.key(key);
    problems_.error(where.place(), where.path(), where.conceal(std::move(message)));
  }

 private:
  const Cursor& at_;
  Problems& problems_;
};

}  // namespace

std::string with_range(std::string_view expected, const Member* member) {
  std::string text(expected);
  if (!member || (member->low.empty() && member->high.empty())) return text;
  if (member->low == member->high) return member->low;
  if (member->high.empty()) return text + ", at least " + member->low;
  return text + (text.find(',') == text.npos ? " from " : ", from ") + member->low + " to " + member->high;
}

void Reading::object(const Schema& schema, const Cursor& at, void* to) {
  std::array part = {Part{&schema, to}};
  parts(part, at, {});
}

void Reading::value(const Shape& shape, const Cursor& at, void* to, const Context& context) {
  if (at.node().broken) {
    ++left_out_;
    return;
  }
  if (at.node().secret) secret_paths_.push_back(at.path());
  std::visit([&](auto& s) { read(s, at, to, context); }, static_cast<const Shape::variant&>(shape));
}

void Reading::expected(std::string_view what, const Cursor& at, const Context& context,
                       std::string_view hint) {
  auto message = "expected " + std::string(what);
  if (!context.word.empty())
    message += (what.find(',') == what.npos ? " or " : ", or ") + std::string(context.word);
  if (context.word == "off" && at.node().is_scalar("false")) hint = "; write 'off'";
  bool hidden = context.member && context.member->secret && at.node().kind == Node::Kind::scalar;
  message += ", found " + (hidden ? "a secret value" : at.found());
  if (!hidden && !at.node().secret) message += hint;
  problems_.error(at.place(), at.path(), std::move(message));
}

bool Reading::is_scalar(std::string_view what, const Cursor& at, const Context& context) {
  if (at.node().kind == Node::Kind::scalar) return true;
  expected(what, at, context);
  return false;
}

void Reading::read(const BooleanShape&, const Cursor& at, void* to, const Context& context) {
  auto& node = at.node();
  if (node.is_scalar("true") || node.is_scalar("false"))
    *static_cast<bool*>(to) = node.text == "true";
  else
    expected("true or false", at, context);
}

void Reading::read(const ScalarShape& shape, const Cursor& at, void* to, const Context& context) {
  auto what = with_range(shape.expected, context.member);
  if (!is_scalar(what, at, context)) return;
  auto& text = at.node().text;
  bool bounded = context.member && context.member->in_range;
  bool fits = shape.parse(text, to) && (!bounded || context.member->in_range(to));
  if (!fits)
    return expected(what, at, context, !shape.unit.empty() && is_number(text) ? with_unit(shape, text) : "");
  if (shape.path) scalar_path(at, to);
}

void Reading::scalar_path(const Cursor& at, void* to) {
  auto& path = *static_cast<std::filesystem::path*>(to);
  path = (at.node().place.file->directory() / path).lexically_normal();
}

void Reading::read(const ChoiceShape& shape, const Cursor& at, void* to, const Context& context) {
  std::string what = "one of ";
  for (auto name : shape.names) what += (name == shape.names.front() ? "" : ", ") + std::string(name);
  if (!is_scalar(what, at, context)) return;
  auto known = std::ranges::find(shape.names, at.node().text);
  if (known != shape.names.end()) return shape.set(to, static_cast<std::size_t>(known - shape.names.begin()));
  auto near = at.node().text.size() < 4 ? std::string_view() : nearest(at.node().text, shape.names);
  expected(what, at, context, near.empty() ? "" : " (did you mean '" + std::string(near) + "'?)");
}

void Reading::read(const ListShape& shape, const Cursor& at, void* to, const Context& context) {
  shape.clear(to);
  auto& node = at.node();
  if (node.kind == Node::Kind::list) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      value(shape.element(), at.item(i), shape.append(to), {context.member, ""});
  } else if (shape.one_is_enough && node.kind != Node::Kind::nothing) {
    value(shape.element(), at, shape.append(to), context);
  } else {
    bool is_scalar = node.kind == Node::Kind::scalar && context.word.empty();
    expected("a list", at, context, is_scalar ? "; write '[" + node.text + "]'" : "");
  }
}

void Reading::read(const MapShape& shape, const Cursor& at, void* to, const Context& context) {
  shape.clear(to);
  if (at.node().kind != Node::Kind::map) return expected("a map", at, context);
  for (auto& e : at.node().entries)
    value(shape.value(), at.entry(e), shape.insert(to, e.key), {context.member, ""});
}

void Reading::read(const MaybeShape& shape, const Cursor& at, void* to, const Context& context) {
  if (!shape.word.empty() && at.node().is_scalar(shape.word)) return shape.clear(to);
  value(shape.value(), at, shape.emplace(to),
        {context.member, shape.word.empty() ? context.word : shape.word});
}

void Reading::read(const ObjectShape& shape, const Cursor& at, void* to, const Context& context) {
  std::array part = {Part{&shape.schema(), to}};
  parts(part, at, context);
}

void Reading::parts(std::span<const Part> all, const Cursor& at, const Context& context) {
  auto wrong = [this] { return problems_.error_count() + left_out_; };
  auto wrong_before = wrong();
  auto& last = all.back();
  if (at.node().kind == Node::Kind::map) {
    members(all, at);
  } else if (auto* m = last.schema->find(last.schema->short_form)) {
    value(*m->shape, at, m->at(last.object), {m, context.word});
  } else {
    return expected("a map", at, context);
  }
  if (wrong() != wrong_before) return;
  ObjectFaults faults(at, problems_);
  for (auto& part : all)
    for (auto& check : part.schema->checks) check(part.object, faults);
}

void Reading::members(std::span<const Part> all, const Cursor& at) {
  std::vector<std::string_view> known;
  for (auto& part : all)
    for (auto& m : part.schema->members) known.push_back(m.name);

  for (auto& e : at.node().entries) {
    auto below = at.entry(e);
    const Member* found = nullptr;
    for (auto& part : all)
      if ((found = part.schema->find(e.key))) {
        member(part, *found, below);
        break;
      }
    if (!found) problems_.error(e.place, below.path(), "unknown key" + suggestion(e.key, known));
  }
  for (auto& part : all) presence(*part.schema, at);
}

void Reading::member(const Part& part, const Member& m, const Cursor& at) {
  value(*m.shape, at, m.at(part.object), {&m, ""});
}

void Reading::presence(const Schema& schema, const Cursor& at) {
  for (auto& m : schema.members)
    if (m.required && !at.has(m.name))
      problems_.error(at.place(), at.path(), "missing key '" + std::string(m.name) + '\'');
  for (auto& group : schema.exclusives) presence(group, at);
}

void Reading::presence(const Exclusive& group, const Cursor& at) {
  std::vector<std::string_view> there;
  for (auto name : group.names)
    if (at.has(name)) there.push_back(name);
  if (there.empty() && group.one_is_required)
    problems_.error(at.place(), at.path(), "missing key " + one_of_names(group.names));
  if (there.size() > 1)
    problems_.error(at.key(there[1]).place(), at.path(),
                    in_quotes(there[0]) + " and " + in_quotes(there[1]) +
                        " exclude each other: expected one of " + one_of_names(group.names));
}

void Reading::read(const FiltersShape& shape, const Cursor& at, void* to, const Context& context) {
  if (!shape.kind.empty()) return filter(shape.kind, at.place(), at, to);
  if (at.node().kind != Node::Kind::map)
    return expected("a map with the filter's kind as its key", at, context);
  for (auto& e : at.node().entries) filter(e.key, e.place, at.entry(e), to);
  if (shape.exactly_one && at.node().entries.size() != 1)
    problems_.error(at.place(), at.path(),
                    "expected one filter, found " + std::to_string(at.node().entries.size()));
}

void Reading::filter(std::string_view kind, const Place& place, const Cursor& at, void* list) {
  auto known = std::ranges::find(filters_, kind, &FilterSchema::name);
  if (known == filters_.end()) {
    std::vector<std::string_view> names;
    for (auto& f : filters_) names.push_back(f.name);
    return problems_.error(place, at.path(), "unknown filter" + suggestion(kind, names));
  }
  auto& settings = static_cast<Filters*>(list)->emplace_back();
  settings.kind = kind;
  auto own = known->schema->make();
  std::array both = {Part{&FilterSettings::schema(), &settings}, Part{known->schema, own.get()}};
  parts(both, at, {});
  settings.settings = std::move(own);
  common_settings(settings, known->traits, at);
}

void Reading::common_settings(const FilterSettings& settings, const FilterTraits& traits, const Cursor& at) {
  auto refuse = [&](std::string_view key, const char* why) {
    problems_.error(at.key(key).place(), at.key(key).path(), in_quotes(settings.kind) + why);
  };
  if (settings.mode == Mode::shadow && !traits.decides)
    refuse("mode", " decides nothing, so it has no shadow");
  if (settings.on_error == OnError::pass && traits.guards)
    refuse("on_error", " guards the route: it cannot pass on an error");
  if (settings.optional && traits.guards) refuse("optional", " guards the route: it cannot be optional");
}

}  // namespace sluice::config
