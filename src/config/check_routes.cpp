#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "config/check.hpp"
#include "config/names.hpp"
#include "config/route_order.hpp"

namespace sluice::config {
namespace {

class RouteCheck {
 public:
  RouteCheck(const Config& config, std::span<const FilterSchema> filters, const std::string& name,
             Route& route, const Cursor& at, Problems& problems)
      : config_(config), filters_(filters), name_(name), route_(route), at_(at), problems_(problems) {}

  void run() {
    bool sound = problems_.sound(at_.path());
    fill_in_defaults();
    check_listeners();
    check_targets();
    resolve_use();
    if (!sound) return;
    check_match(route_.match, at_.key("match"), problems_);
    check_templates();
    check_strip_prefix();
    check_sizes();
    check_attempts();
    check_kinds();
    check_identity();
    check_releases();
  }

 private:
  void fill_in_defaults() {
    if (!route_.timeout) route_.timeout = config_.defaults.timeout;
    if (!route_.max_body) route_.max_body = config_.defaults.max_body;
    if (!route_.buffer) route_.buffer = std::min(mebibytes(1), route_.max_body->value_or(mebibytes(1)));
  }

  void check_listeners() {
    auto at = at_.key("listeners");
    if (at_.has("listeners") && at.node().kind == Node::Kind::list && route_.listeners.empty())
      refuse(problems_, at, "expected at least one listener");
    check_list(route_.listeners, at, [&](const std::string& name, const Cursor& here) {
      is_known("listener", config_.listeners, name, here, problems_);
    });
  }

  void check_targets() {
    auto at = at_.key("to");
    if (at_.has("to") && route_.to.empty()) return refuse(problems_, at, "expected at least one upstream");
    std::vector<std::string> names;
    std::uint64_t weights = 0;
    for (auto& t : route_.to) {
      names.push_back(t.upstream);
      weights += t.weight;
    }
    check_list(names, at, [&](const std::string& name, const Cursor& here) {
      is_known("upstream", config_.upstreams, name, here.key("upstream"), problems_);
    });
    if (!route_.to.empty() && weights == 0) refuse(problems_, at, "all weights are 0");
    for (std::size_t i = 0; i < route_.to.size(); ++i) check_division(route_.to[i], at.item(i));
  }

  void check_division(const Target& target, const Cursor& at) {
    if (!target.read || !target.write) return;
    if (route_.to.size() > 1) return refuse(problems_, at, "'read' and 'write' stand alone, not in a list");
    is_known("upstream", config_.upstreams, *target.read, at.key("read"), problems_);
    is_known("upstream", config_.upstreams, *target.write, at.key("write"), problems_);
  }

  // Every name once, and each one looked at; those that could not be read are empty and reported already.
  template <class Look>
  void check_list(const std::vector<std::string>& names, const Cursor& at, Look look) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) continue;
      if (!seen.insert(names[i]).second)
        refuse(problems_, at.item(i), "'" + names[i] + "' is there twice");
      else
        look(names[i], at.item(i));
    }
  }

  static bool is_signed(std::string_view name) { return name.starts_with('+') || name.starts_with('-'); }

  void resolve_use() {
    route_.policies = config_.defaults.use;
    if (!route_.use) return;
    auto& use = *route_.use;
    auto at = at_.key("use");
    auto odd = std::ranges::find_if(use, [&](auto& n) { return is_signed(n) != is_signed(use.front()); });
    if (odd != use.end())
      return refuse(problems_, at.item(static_cast<std::size_t>(odd - use.begin())),
                    "a list is all plain or all signed: '" + *odd + "' follows '" + use.front() + '\'');
    if (use.empty() || !is_signed(use.front())) {
      route_.policies = use;
      check_list(use, at, [&](const std::string& name, const Cursor& here) {
        is_known("policy", config_.policies, name, here, problems_);
      });
    } else {
      check_list(use, at, [&](const std::string& name, const Cursor& here) { apply_signed(name, here); });
    }
  }
  void apply_signed(const std::string& sign_and_name, const Cursor& here) {
    auto name = sign_and_name.substr(1);
    if (!is_known("policy", config_.policies, name, here, problems_)) return;
    auto there = std::ranges::find(route_.policies, name);
    bool is_there = there != route_.policies.end();
    if (sign_and_name.front() == '+' && is_there)
      refuse(problems_, here, "'" + name + "' is there already");
    else if (sign_and_name.front() == '+')
      route_.policies.push_back(name);
    else if (!is_there)
      refuse(problems_, here, "'" + name + "' is not in defaults.use, so it cannot be taken away");
    else
      route_.policies.erase(there);
  }

  void check_templates() {
    if (route_.rewrite && fill_template(*route_.rewrite, at_.key("rewrite")))
      if (!route_.rewrite->text.starts_with('/') || !is_path_text(route_.rewrite->text))
        refuse(problems_, at_.key("rewrite"),
               "a path starts with '/' and has only visible ASCII, without '#'");
    if (!route_.redirect) return;
    auto at = at_.key("redirect").key("to");
    auto& to = route_.redirect->to.text;
    if (fill_template(route_.redirect->to, at))
      if (!to.starts_with('/') && !to.starts_with("http://") && !to.starts_with("https://"))
        refuse(problems_, at, "expected a path or a URL, found '" + to + '\'');
  }
  static bool is_path_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '#'; });
  }
  bool fill_template(Template& t, const Cursor& at) {
    auto parsed = Template::parse(t.text);
    if (auto* fault = std::get_if<std::string>(&parsed)) {
      refuse(problems_, at, std::move(*fault));
      return false;
    }
    t = std::get<Template>(std::move(parsed));
    auto known = captures();
    std::vector<std::string_view> names(known.begin(), known.end());
    bool fine = true;
    for (auto& part : t.parts)
      if (part.name && std::ranges::find(known, part.text) == known.end()) {
        refuse(problems_, at, "the path captures no '" + part.text + '\'' + suggestion(part.text, names));
        fine = false;
      }
    return fine;
  }
  std::vector<std::string> captures() const {
    std::vector<std::string> names;
    if (route_.match.path_regex) {
      RE2 regex(*route_.match.path_regex, RE2::Quiet);
      for (auto& [name, index] : regex.NamedCapturingGroups()) names.push_back(name);
    } else {
      for (auto name : route_.match.pattern.captures()) names.emplace_back(name);
    }
    return names;
  }

  void check_strip_prefix() {
    for (auto key : {"rewrite", "strip_prefix"})
      if (at_.has(key) && !at_.has("to")) refuse(problems_, at_.key(key), "means nothing without 'to'");
    if (!route_.strip_prefix) return;
    auto at = at_.key("strip_prefix");
    auto parsed = PathPattern::parse(*route_.strip_prefix);
    if (auto* fault = std::get_if<std::string>(&parsed)) return refuse(problems_, at, std::move(*fault));
    auto& prefix = std::get<PathPattern>(parsed);
    if (prefix.rest || !prefix.captures().empty()) return refuse(problems_, at, "a prefix has no captures");
    if (prefix.segments.back().text.empty()) return refuse(problems_, at, "a prefix has no '/' at its end");
    if (!route_.match.path_regex && !can_start_with(route_.match.pattern, prefix))
      refuse(problems_, at, "'" + route_.match.pattern.text + "' never starts with '" + prefix.text + '\'');
  }
  static bool can_start_with(const PathPattern& pattern, const PathPattern& prefix) {
    for (std::size_t i = 0; i < prefix.segments.size(); ++i) {
      if (i >= pattern.segments.size()) return pattern.rest;
      if (!pattern.segments[i].capture && pattern.segments[i] != prefix.segments[i]) return false;
    }
    return true;
  }

  void check_sizes() {
    if (at_.has("buffer") && *route_.max_body && *route_.buffer > **route_.max_body)
      refuse(problems_, at_.key("buffer"),
             "is larger than max_body, " + Scalar<Size>::print(**route_.max_body) +
                 "; it holds no more than a body");
  }

  void needs_upstream(const char* key, bool is_set) {
    if (is_set && route_.to.empty()) refuse(problems_, at_.key(key), "means nothing without 'to'");
  }
  void check_attempts() {
    needs_upstream("retry", route_.retry.has_value());
    needs_upstream("hedge", route_.hedge.has_value());
    needs_upstream("faults", route_.faults.has_value());
    needs_upstream("deadline", route_.deadline.has_value());
    if (route_.retry && route_.retry->per_try)
      check_within_timeout(*route_.retry->per_try, at_.key("retry").key("per_try"));
    if (route_.hedge) check_within_timeout(route_.hedge->after, at_.key("hedge"));
  }
  void check_within_timeout(Duration part, const Cursor& at) {
    auto& whole = *route_.timeout;
    if (whole && part >= *whole)
      refuse(problems_, at,
             "never passes before the route's timeout, " + Scalar<Duration>::print(*whole) + ", does");
  }

  // look(settings, name, schema), in the order of the chain within a phase.
  template <class Look>
  void each_filter(Look look) const {
    auto see = [&](const FilterSettings& settings, const std::string& name) {
      auto known = std::ranges::find(filters_, settings.kind, &FilterSchema::name);
      if (known != filters_.end()) look(settings, name, *known);
    };
    for (auto& name : route_.policies)
      if (auto policy = config_.policies.find(name);
          policy != config_.policies.end() && !policy->second.empty())
        see(policy->second.filter(), name);
    for (const Filters* own :
         {static_cast<const Filters*>(&route_.filters), static_cast<const Filters*>(&route_.require)})
      for (auto& filter : *own) see(filter, name_ + '/' + filter.kind);
  }

  void check_kinds() {
    std::map<std::string_view, std::string> first;
    each_filter([&](const FilterSettings& settings, const std::string& name, const FilterSchema& known) {
      if (known.traits.repeatable) return;
      auto [other, fresh] = first.try_emplace(settings.kind, name);
      if (!fresh)
        refuse(problems_, at_,
               "two filters of kind '" + settings.kind + "': '" + other->second + "' and '" + name + '\'');
    });
    auto own = at_.key("filters");
    if (!route_.require.empty() && at_.has("filters") && own.has(Requirement::kind))
      refuse(problems_, own.key(Requirement::kind), "the route has 'require' itself already");
  }

  std::size_t count_identities() const {
    std::size_t count = 0;
    each_filter([&](const FilterSettings& settings, const std::string&, const FilterSchema& known) {
      if (known.identifies && known.identifies(settings.settings.get())) ++count;
    });
    return count;
  }

  // What judges the caller can only refuse everybody where nobody finds out who that is.
  void check_identity() {
    auto identities = count_identities();
    std::string judge;
    each_filter([&](const FilterSettings&, const std::string& name, const FilterSchema& known) {
      if (known.traits.asks_who && judge.empty()) judge = name;
    });
    if (!judge.empty() && identities == 0)
      refuse(problems_, at_.key("require"),
             '\'' + judge + "' asks who the caller is, and no filter of the route finds out");
    if (route_.identity == Identity::any && identities < 2)
      refuse(problems_, at_.key("identity"),
             "'any' is a choice between identity filters, and the route has " +
                 (identities == 0 ? std::string("none") : std::string("one")));
  }

  void check_releases() {
    needs_upstream("mirror", route_.mirror.has_value());
    if (route_.mirror)
      is_known("upstream", config_.upstreams, route_.mirror->to, at_.key("mirror").key("to"), problems_);
    if (!route_.split) return;
    auto at = at_.key("split");
    if (route_.to.size() < 2) return refuse(problems_, at, "means nothing without several upstreams in 'to'");
    bool by_who = std::ranges::all_of(route_.split->key, &Variable::needs_identity);
    if (by_who && count_identities() == 0)
      refuse(problems_, at.key("key"),
             "asks who the caller is, and no filter of the route finds out: it would always be by address");
  }

  const Config& config_;
  std::span<const FilterSchema> filters_;
  const std::string& name_;
  Route& route_;
  const Cursor& at_;
  Problems& problems_;
};

void check_ties(const Config& config, const Cursor& routes, Problems& problems) {
  std::vector<NamedRoute> sound;
  std::vector<Cursor> places;
  for (auto& e : routes.node().entries) {
    auto at = routes.entry(e);
    if (!problems.sound(at.path())) continue;
    sound.push_back({e.key, &config.routes.at(e.key)});
    places.push_back(at);
  }
  for (auto [first, second] : conflicts(sound)) {
    auto& at = places[second];
    problems.error(at.place(), at.path(),
                   "can match the same request as '" + std::string(sound[first].name) + "' (" +
                       places[first].place().to_string() + ") equally well; give one of them a 'priority'");
  }
}

}  // namespace

void check_routes(Config& config, const Cursor& root, std::span<const FilterSchema> filters,
                  Problems& problems) {
  if (!root.has("routes")) return;
  auto routes = root.key("routes");
  for (auto& e : routes.node().entries) {
    auto at = routes.entry(e);
    auto route = config.routes.find(e.key);
    if (route != config.routes.end()) RouteCheck(config, filters, e.key, route->second, at, problems).run();
  }
  check_ties(config, routes, problems);
}

}  // namespace sluice::config
