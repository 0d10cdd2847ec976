// How settings are declared: a plain struct whose initialisers are the defaults, and one schema() that names
// its members. The parser, the errors with their suggestions, the reference page, the JSON Schema and the
// redacted dump all come from it.
//
//   struct IpRules {
//     std::vector<Cidr> allow;
//     OrOff<Duration> remember = 10s;
//     static const Schema& schema() {
//       static const Schema s = describe<IpRules>("Which client addresses may pass.")
//           .member("allow", &IpRules::allow, "Only these pass.", required)
//           .member("remember", &IpRules::remember, "How long a decision is kept.", at_least<Duration>(1s))
//           .short_form("allow");               // `ip: [10.0.0.0/8]` means `ip: { allow: [10.0.0.0/8] }`
//       return s;
//     }
//   };
//   FilterSchema ip = filter_schema<IpRules>("ip", {.decides = true});
//
// A member may be: bool, any integer, double, std::string, std::filesystem::path (relative to the file that
// names it), Duration, Size, Rate, ByteRate, Percent, Cidr, an enum with names_of(), a struct with schema(),
// and std::optional, Or, std::vector, OneOrMany and std::map<std::string, ...> of these. A type of one's own
// that is written as one scalar specialises Scalar.
#pragma once
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sluice/clock.hpp"
#include "sluice/ip.hpp"
#include "sluice/units.hpp"

namespace sluice {

// How a T is written as one scalar. A specialisation has
//   expected   what stands in an error: "a size such as 8KiB"
//   unit       what a bare number lacks, so that the error can show the right spelling; empty: nothing
//   json       its JSON type: "string", "integer", "number"
//   pattern    of the JSON Schema, or empty
//   parse, print
template <class T>
struct Scalar;

template <class T>
struct TextScalar {
  static constexpr std::string_view unit = "";
  static constexpr std::string_view json = "string";
  static constexpr std::string_view pattern = "";
};

template <>
struct Scalar<std::string> : TextScalar<std::string> {
  static constexpr std::string_view expected = "a text";
  static std::optional<std::string> parse(std::string_view text) { return std::string(text); }
  static std::string print(const std::string& v) { return v; }
};

template <>
struct Scalar<std::filesystem::path> : TextScalar<std::filesystem::path> {
  static constexpr std::string_view expected = "the path of a file";
  static std::optional<std::filesystem::path> parse(std::string_view text);
  static std::string print(const std::filesystem::path& v) { return v.string(); }
};

template <std::integral T>
struct Scalar<T> : TextScalar<T> {
  static constexpr std::string_view expected = "a whole number";
  static constexpr std::string_view json = "integer";
  static std::optional<T> parse(std::string_view text) {
    T v{};
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return v;
  }
  static std::string print(const T& v) { return std::to_string(v); }
};

template <>
struct Scalar<double> : TextScalar<double> {
  static constexpr std::string_view expected = "a number";
  static constexpr std::string_view json = "number";
  static std::optional<double> parse(std::string_view text);
  static std::string print(const double& v);
};

template <>
struct Scalar<Duration> : TextScalar<Duration> {
  static constexpr std::string_view expected = "a duration such as 250ms, 5s, 15m or 24h";
  static constexpr std::string_view unit = "s";
  static constexpr std::string_view pattern = "^[0-9]+(ms|s|m|h|d)$";
  static std::optional<Duration> parse(std::string_view text);
  static std::string print(const Duration& v);
};

template <>
struct Scalar<Size> : TextScalar<Size> {
  static constexpr std::string_view expected = "a size such as 8KiB, 1MiB or 10MB";
  static constexpr std::string_view unit = "B";
  static constexpr std::string_view pattern = "^[0-9]+([KMGT]i?)?B$";
  static std::optional<Size> parse(std::string_view text);
  static std::string print(const Size& v);
};

template <>
struct Scalar<Rate> : TextScalar<Rate> {
  static constexpr std::string_view expected = "a rate such as 100/s or 1000/h";
  static constexpr std::string_view unit = "/s";
  static constexpr std::string_view pattern = "^[0-9]+/(s|m|h|d)$";
  static std::optional<Rate> parse(std::string_view text);
  static std::string print(const Rate& v);
};

template <>
struct Scalar<ByteRate> : TextScalar<ByteRate> {
  static constexpr std::string_view expected = "a rate of bytes such as 1KiB/s";
  static constexpr std::string_view unit = "B/s";
  static constexpr std::string_view pattern = "^[0-9]+([KMGT]i?)?B/(s|m|h|d)$";
  static std::optional<ByteRate> parse(std::string_view text);
  static std::string print(const ByteRate& v);
};

template <>
struct Scalar<Percent> : TextScalar<Percent> {
  static constexpr std::string_view expected = "a percentage such as 20%";
  static constexpr std::string_view unit = "%";
  static constexpr std::string_view pattern = "^[0-9]+(\\.[0-9]+)?%$";
  static std::optional<Percent> parse(std::string_view text);
  static std::string print(const Percent& v);
};

template <>
struct Scalar<Cidr> : TextScalar<Cidr> {
  static constexpr std::string_view expected =
      "a block of addresses such as 10.0.0.0/8, fd00::/8 or 192.0.2.1";
  static std::optional<Cidr> parse(std::string_view text) { return Cidr::parse(text); }
  static std::string print(const Cidr& v) { return v.to_string(); }
};

// A shape: what can stand at one place of the document, and how it gets in and out of memory.

class Schema;
struct Shape;

struct BooleanShape {};

struct ScalarShape {
  std::string_view expected, unit, json, pattern;
  bool path = false;  // relative to the file that names it
  bool (*parse)(std::string_view text, void* to);
  std::string (*print)(const void* from);
};

struct ChoiceShape {
  std::vector<std::string_view> names;
  void (*set)(void* to, std::size_t index);
  std::size_t (*get)(const void* from);
};

struct ListShape {
  const Shape& (*element)();
  bool one_is_enough;
  void (*clear)(void* list);
  void* (*append)(void* list);
  std::vector<const void*> (*elements)(const void* list);
};

struct MapShape {
  const Shape& (*value)();
  void (*clear)(void* map);
  void* (*insert)(void* map, std::string_view key);
  std::vector<std::pair<std::string_view, const void*>> (*entries)(const void* map);
};

struct MaybeShape {
  const Shape& (*value)();
  std::string_view word;  // what may stand in the value's place; empty: nothing, only the key can be left out
  void (*clear)(void* to);
  void* (*emplace)(void* to);
  const void* (*get)(const void* from);  // null: none
};

struct ObjectShape {
  const Schema& (*schema)();
};

// One or several filters by their kind; only the gateway's own settings have it. With a `kind` the map is the
// settings of one filter of that kind, and the kind itself is not written.
struct FiltersShape {
  bool exactly_one;
  std::string_view kind = "";
};

struct Shape : std::variant<BooleanShape, ScalarShape, ChoiceShape, ListShape, MapShape, MaybeShape,
                            ObjectShape, FiltersShape> {
  using variant::variant;
};

// Where a check reports what is wrong with the object that it looked at.
class Faults {
 public:
  virtual ~Faults() = default;
  // `key`: the member at fault; empty for the object as a whole.
  virtual void add(std::string_view key, std::string message) = 0;
};

struct Member {
  std::string_view name;
  std::string_view doc;
  const Shape* shape = nullptr;
  std::function<void*(void* object)> at;
  bool required = false;
  bool secret = false;    // never printed
  std::string low, high;  // of its scalars, as written; empty: no bound
  std::function<bool(const void* scalar)> in_range;
};

// Members of which one must, or at most one may, be there.
struct Exclusive {
  std::vector<std::string_view> names;
  bool one_is_required;
};

class Schema {
 public:
  std::string_view doc;
  std::vector<Member> members;
  std::vector<Exclusive> exclusives;
  std::string_view short_form;  // the member that a value which is no map stands for; empty: none
  std::vector<std::function<void(const void* object, Faults&)>> checks;
  std::shared_ptr<void> (*make)() = nullptr;  // an object with its defaults

  const Member* find(std::string_view name) const noexcept {
    for (auto& m : members)
      if (m.name == name) return &m;
    return nullptr;
  }
};

template <class T>
const Shape& shape_of();

namespace detail {
// The scalar at the bottom of a member's type, which a bound is a bound of.
template <class T>
struct Inner {
  using type = T;
};
template <class T>
struct Inner<std::optional<T>> : Inner<T> {};
template <Word word, class T>
struct Inner<Or<word, T>> : Inner<T> {};
template <class T>
struct Inner<std::vector<T>> : Inner<T> {};
template <class T>
struct Inner<OneOrMany<T>> : Inner<T> {};

template <class T>
struct Bounds {
  std::optional<T> low, high;
};
}  // namespace detail

// What may be said of a member besides its name and its sentence.
inline constexpr struct Required {
} required;
inline constexpr struct Secret {
} secret;
template <class T>
detail::Bounds<T> at_least(T low) {
  return {low, std::nullopt};
}
template <class T>
detail::Bounds<T> range(T low, T high) {
  return {low, high};
}

template <class T>
class Description {
 public:
  explicit Description(std::string_view doc) {
    schema_.doc = doc;
    schema_.make = []() -> std::shared_ptr<void> { return std::make_shared<T>(); };
  }

  template <class M, class... Options>
  Description& member(std::string_view name, M T::*where, std::string_view doc, Options... options) {
    Member m;
    m.name = name;
    m.doc = doc;
    m.shape = &shape_of<M>();
    m.at = [where](void* object) -> void* { return &(static_cast<T*>(object)->*where); };
    (apply<M>(m, options), ...);
    schema_.members.push_back(std::move(m));
    return *this;
  }
  Description& short_form(std::string_view member) {
    schema_.short_form = member;
    return *this;
  }
  Description& exactly_one(std::initializer_list<std::string_view> names) {
    schema_.exclusives.push_back({names, true});
    return *this;
  }
  Description& at_most_one(std::initializer_list<std::string_view> names) {
    schema_.exclusives.push_back({names, false});
    return *this;
  }
  // Called with an object whose members are all sound by themselves.
  Description& check(std::function<void(const T&, Faults&)> f) {
    schema_.checks.push_back(
        [f = std::move(f)](const void* o, Faults& faults) { f(*static_cast<const T*>(o), faults); });
    return *this;
  }

  operator Schema() const { return schema_; }

 private:
  template <class M>
  static void apply(Member& m, Required) {
    m.required = true;
  }
  template <class M>
  static void apply(Member& m, Secret) {
    m.secret = true;
  }
  template <class M, class V>
  static void apply(Member& m, detail::Bounds<V> bounds) {
    using Value = typename detail::Inner<M>::type;
    static_assert(std::convertible_to<V, Value>);
    if (bounds.low) m.low = Scalar<Value>::print(static_cast<Value>(*bounds.low));
    if (bounds.high) m.high = Scalar<Value>::print(static_cast<Value>(*bounds.high));
    m.in_range = [bounds](const void* value) {
      auto& v = *static_cast<const Value*>(value);
      return (!bounds.low || v >= static_cast<Value>(*bounds.low)) &&
             (!bounds.high || v <= static_cast<Value>(*bounds.high));
    };
  }

  Schema schema_;
};

template <class T>
Description<T> describe(std::string_view doc) {
  return Description<T>(doc);
}

struct FilterTraits {
  bool decides = false;     // it can refuse, so `mode: shadow` means something
  bool guards = false;      // identity or permission: `on_error: pass` and `optional` are errors
  bool repeatable = false;  // a route may have two of the kind
  bool preflight = false;   // it answers CORS preflights, so they are routed by the method they ask for
  bool asks_who = false;    // it judges the principal, so an error on a route that identifies nobody
};

// One row of the table of filters that a configuration may name.
struct FilterSchema {
  std::string_view name;  // the kind, as it is written: "rate_limit"
  FilterTraits traits;
  const Schema* schema = nullptr;
  bool (*identifies)(const void* settings) = nullptr;  // it finds out who is asking; null: it does not
};

template <class Settings>
FilterSchema filter_schema(std::string_view name, FilterTraits traits = {}) {
  return {name, traits, &Settings::schema()};
}

namespace detail {

template <class T>
concept HasSchema = requires {
  { T::schema() } -> std::same_as<const Schema&>;
};
template <class T>
concept HasNames = std::is_enum_v<T> && requires(T t) {
  names_of(t).size();
};
template <class T>
concept HasScalar = requires {
  Scalar<T>::expected;
};

// A type may bring its own shape.
template <class T>
concept HasShape = requires {
  { T::shape() } -> std::same_as<Shape>;
};

template <class T>
struct ShapeOf;

template <HasShape T>
struct ShapeOf<T> {
  static Shape make() { return T::shape(); }
};

template <>
struct ShapeOf<bool> {
  static Shape make() { return BooleanShape{}; }
};

template <HasScalar T>
requires(!std::same_as<T, bool>) struct ShapeOf<T> {
  static Shape make() {
    using S = Scalar<T>;
    return ScalarShape{S::expected,
                       S::unit,
                       S::json,
                       S::pattern,
                       std::same_as<T, std::filesystem::path>,
                       [](std::string_view text, void* to) {
                         auto v = S::parse(text);
                         if (v) *static_cast<T*>(to) = std::move(*v);
                         return v.has_value();
                       },
                       [](const void* from) { return S::print(*static_cast<const T*>(from)); }};
  }
};

template <HasNames E>
struct ShapeOf<E> {
  static Shape make() {
    auto names = names_of(E{});
    return ChoiceShape{
        {names.begin(), names.end()},
        [](void* to, std::size_t index) { *static_cast<E*>(to) = static_cast<E>(index); },
        [](const void* from) { return static_cast<std::size_t>(*static_cast<const E*>(from)); }};
  }
};

template <HasSchema T>
struct ShapeOf<T> {
  static Shape make() { return ObjectShape{&T::schema}; }
};

template <class L, class T, bool one_is_enough>
Shape list_shape() {
  return ListShape{&shape_of<T>, one_is_enough, [](void* list) { static_cast<L*>(list)->clear(); },
                   [](void* list) -> void* { return &static_cast<L*>(list)->emplace_back(); },
                   [](const void* list) {
                     std::vector<const void*> all;
                     for (auto& e : *static_cast<const L*>(list)) all.push_back(&e);
                     return all;
                   }};
}
template <class T>
struct ShapeOf<std::vector<T>> {
  static Shape make() { return list_shape<std::vector<T>, T, false>(); }
};
template <class T>
struct ShapeOf<OneOrMany<T>> {
  static Shape make() { return list_shape<OneOrMany<T>, T, true>(); }
};

template <class T>
struct ShapeOf<std::map<std::string, T>> {
  using M = std::map<std::string, T>;
  static Shape make() {
    return MapShape{
        &shape_of<T>, [](void* map) { static_cast<M*>(map)->clear(); },
        [](void* map, std::string_view key) -> void* { return &(*static_cast<M*>(map))[std::string(key)]; },
        [](const void* map) {
          std::vector<std::pair<std::string_view, const void*>> all;
          for (auto& [key, value] : *static_cast<const M*>(map)) all.emplace_back(key, &value);
          return all;
        }};
  }
};

template <class O, class T>
Shape maybe_shape(std::string_view word) {
  return MaybeShape{&shape_of<T>, word, [](void* to) { static_cast<O*>(to)->reset(); },
                    [](void* to) -> void* { return &static_cast<O*>(to)->emplace(); },
                    [](const void* from) -> const void* {
                      auto& o = *static_cast<const O*>(from);
                      return o ? &*o : nullptr;
                    }};
}
template <class T>
struct ShapeOf<std::optional<T>> {
  static Shape make() { return maybe_shape<std::optional<T>, T>(""); }
};
template <Word word, class T>
struct ShapeOf<Or<word, T>> {
  static constexpr auto text = word;
  static Shape make() { return maybe_shape<Or<word, T>, T>(text.view()); }
};

}  // namespace detail

template <class T>
const Shape& shape_of() {
  static const Shape s = detail::ShapeOf<T>::make();
  return s;
}

}  // namespace sluice
