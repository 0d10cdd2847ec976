#include "config/route_order.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

namespace sluice::config {
namespace {

template <class T>
Order larger_wins(const T& a, const T& b) {
  return a == b ? Order::tie : a > b ? Order::first : Order::second;
}

bool is_wildcard(std::string_view host) noexcept {
  return host.starts_with("*.");
}

// None, then wildcards by length, then exact names.
std::size_t host_rank(const Route& r) {
  if (!r.match.host) return 0;
  return is_wildcard(*r.match.host) ? r.match.host->size() : std::string::npos;
}

enum class Step : std::uint8_t { rest, capture, literal, end };

Step step(const PathPattern& p, std::size_t i) {
  if (i < p.segments.size()) return p.segments[i].capture ? Step::capture : Step::literal;
  return p.rest ? Step::rest : Step::end;
}

Order compare_paths(const PathPattern& a, const PathPattern& b) {
  auto length = std::max(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i <= length; ++i)
    if (auto o = larger_wins(step(a, i), step(b, i)); o != Order::tie) return o;
  return Order::tie;
}

// A capture takes any segment but the empty one.
bool segments_meet(const Segment& a, const Segment& b) {
  if (a.capture && b.capture) return true;
  if (a.capture) return !b.text.empty();
  if (b.capture) return !a.text.empty();
  return a.text == b.text;
}

bool patterns_meet(const PathPattern& a, const PathPattern& b) {
  for (std::size_t i = 0;; ++i) {
    bool a_ends = i >= a.segments.size(), b_ends = i >= b.segments.size();
    if (a_ends && a.rest) return true;
    if (b_ends && b.rest) return true;
    if (a_ends || b_ends) return a_ends && b_ends;
    if (!segments_meet(a.segments[i], b.segments[i])) return false;
  }
}

// What every path of a pattern starts with.
std::string literal_prefix(const PathPattern& p) {
  std::string prefix;
  for (auto& s : p.segments) {
    if (s.capture) return prefix + '/';
    prefix += '/' + s.text;
  }
  return prefix;
}

bool is_literal(const PathPattern& p) {
  return !p.rest && std::ranges::none_of(p.segments, &Segment::capture);
}

// Regexes of one comparison run, compiled once each.
class Regexes {
 public:
  const RE2& get(const std::string& text) {
    auto& slot = compiled_[text];
    if (!slot) slot = std::make_unique<RE2>(text, RE2::Quiet);
    return *slot;
  }
  bool matches(const std::string& text, const std::string& value) { return RE2::FullMatch(value, get(text)); }

 private:
  std::unordered_map<std::string, std::unique_ptr<RE2>> compiled_;
};

bool regex_meets(const std::string& regex, const PathPattern& p, Regexes& regexes) {
  if (is_literal(p)) return regexes.matches(regex, p.text);
  auto prefix = literal_prefix(p);
  std::string low, high;
  if (prefix.empty() || !regexes.get("^(?:" + regex + ")$").PossibleMatchRange(&low, &high, 64)) return true;
  return high.compare(0, prefix.size(), prefix) >= 0 && low.compare(0, prefix.size(), prefix) <= 0;
}

bool paths_meet(const Match& a, const Match& b, Regexes& regexes) {
  if (a.path_regex && b.path_regex) return true;
  if (a.path_regex) return regex_meets(*a.path_regex, b.pattern, regexes);
  if (b.path_regex) return regex_meets(*b.path_regex, a.pattern, regexes);
  return patterns_meet(a.pattern, b.pattern);
}

bool is_below(std::string_view host, std::string_view wildcard) {
  return host.size() >= wildcard.size() && host.ends_with(wildcard.substr(1));
}

bool hosts_meet(const Match& a, const Match& b) {
  if (!a.host || !b.host || *a.host == *b.host) return true;
  if (is_wildcard(*a.host) && is_below(*b.host, *a.host)) return true;
  return is_wildcard(*b.host) && is_below(*a.host, *b.host);
}

bool has_method(const std::vector<std::string>& methods, const std::string& m) {
  auto has = [&](std::string_view name) { return std::ranges::find(methods, name) != methods.end(); };
  return has(m) || (m == "HEAD" && has("GET"));
}

bool methods_meet(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return true;
  return std::ranges::any_of(a, [&](auto& m) { return has_method(b, m); }) ||
         std::ranges::any_of(b, [&](auto& m) { return has_method(a, m); });
}

bool listeners_meet(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.empty() || b.empty() || std::ranges::find_first_of(a, b) != a.end();
}

bool values_meet(const ValueMatch& a, const ValueMatch& b, Regexes& regexes) {
  if (a.exact && b.exact) return *a.exact == *b.exact;
  if (a.exact && b.regex) return regexes.matches(*b.regex, *a.exact);
  if (b.exact && a.regex) return regexes.matches(*a.regex, *b.exact);
  return true;
}

using Conditions = std::map<std::string, ValueMatch>;

bool conditions_meet(const Conditions& a, const Conditions& b, Regexes& regexes) {
  return std::ranges::all_of(a, [&](auto& condition) {
    auto other = b.find(condition.first);
    return other == b.end() || values_meet(condition.second, other->second, regexes);
  });
}

bool meet(const Route& a, const Route& b, Regexes& regexes) {
  return hosts_meet(a.match, b.match) && methods_meet(a.match.methods, b.match.methods) &&
         listeners_meet(a.listeners, b.listeners) &&
         conditions_meet(a.match.headers, b.match.headers, regexes) &&
         conditions_meet(a.match.query, b.match.query, regexes) && paths_meet(a.match, b.match, regexes);
}

// Routes tie only within one priority and host; there, those without a regex only with the same steps and as
// many conditions.
std::string place_key(const Route& r) {
  return std::to_string(r.priority) + ' ' + r.match.host.value_or("");
}

std::string steps_key(const Route& r) {
  std::string key = place_key(r) + ' ' + std::to_string(condition_count(r));
  for (auto& s : r.match.pattern.segments) key += s.capture ? "/{}" : '/' + s.text;
  return key + (r.match.pattern.rest ? "/**" : "");
}

class Conflicts {
 public:
  explicit Conflicts(std::span<const NamedRoute> routes) : routes_(routes) {
    for (std::size_t i = 0; i < routes.size(); ++i) add(i);
    std::ranges::sort(found_);
  }
  std::vector<std::pair<std::size_t, std::size_t>> take() { return std::move(found_); }

 private:
  void add(std::size_t i) {
    auto& r = *routes_[i].route;
    auto& here = places_[place_key(r)];
    auto& alike = r.match.path_regex ? here.patterns : steps_[steps_key(r)];
    for (auto j : alike) test(j, i);
    for (auto j : here.regexes) test(j, i);
    if (r.match.path_regex) {
      here.regexes.push_back(i);
    } else {
      here.patterns.push_back(i);
      alike.push_back(i);
    }
  }
  void test(std::size_t first, std::size_t second) {
    auto &a = *routes_[first].route, &b = *routes_[second].route;
    if (compare(a, b) == Order::tie && meet(a, b, regexes_)) found_.emplace_back(first, second);
  }

  struct Place {
    std::vector<std::size_t> patterns, regexes;
  };
  std::span<const NamedRoute> routes_;
  std::unordered_map<std::string, Place> places_;
  std::unordered_map<std::string, std::vector<std::size_t>> steps_;
  Regexes regexes_;
  std::vector<std::pair<std::size_t, std::size_t>> found_;
};

}  // namespace

std::size_t condition_count(const Route& r) {
  return !r.match.methods.empty() + !r.listeners.empty() + r.match.headers.size() + r.match.query.size();
}

Order compare(const Route& a, const Route& b) {
  if (auto o = larger_wins(a.priority, b.priority); o != Order::tie) return o;
  if (auto o = larger_wins(host_rank(a), host_rank(b)); o != Order::tie) return o;
  if (a.match.path_regex.has_value() != b.match.path_regex.has_value()) return Order::tie;
  if (!a.match.path_regex)
    if (auto o = compare_paths(a.match.pattern, b.match.pattern); o != Order::tie) return o;
  return larger_wins(condition_count(a), condition_count(b));
}

bool may_meet(const Route& a, const Route& b) {
  Regexes regexes;
  return meet(a, b, regexes);
}

std::vector<std::pair<std::size_t, std::size_t>> conflicts(std::span<const NamedRoute> routes) {
  return Conflicts(routes).take();
}

}  // namespace sluice::config
