#include "config/check.hpp"

#include <algorithm>
#include <set>

#include "config/names.hpp"

namespace sluice::config {
namespace {

constexpr std::size_t longest_name = 128;

bool is_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// Names stand in metrics, logs and paths of the administration endpoint.
void check_names(const Cursor& root, Problems& problems) {
  for (auto section : {"listeners", "upstreams", "policies", "routes"}) {
    if (!root.has(section)) continue;
    for (auto& e : root.key(section).node().entries)
      if (!is_name(e.key))
        problems.error(e.place, root.key(section).entry(e).path(),
                       "a name has letters, digits, '-', '_' and '.', and at most " +
                           std::to_string(longest_name) + " of them");
  }
}

void warn_of_admin(const Config& config, const Cursor& root, Problems& problems) {
  if (!config.admin || !problems.sound("admin") || config.admin->bind.is_loopback() || config.admin->token)
    return;
  auto at = root.key("admin").key("bind");
  problems.warning(at.place(), at.path(),
                   "reachable off loopback without 'token': only /healthz and /readyz will answer there");
}

void warn_of_unverified(const Config& config, const Cursor& root, Problems& problems) {
  for (auto& [name, upstream] : config.upstreams) {
    if (!upstream.tls || upstream.tls->verify) continue;
    auto at = root.key("upstreams").key(name).key("tls").key("verify");
    problems.warning(at.place(), at.path(),
                     "the endpoints' certificates are not verified: anybody may answer for them");
  }
}

bool names_redis(const Node& list) {
  return list.is_scalar("redis") ||
         std::ranges::any_of(list.items, [](auto& item) { return item.is_scalar("redis"); });
}

// Filters differ, but what they may be kept in has one name in all of them.
void check_stores(const Config& config, const Cursor& filters, Problems& problems) {
  if (config.redis) return;
  for (auto& e : filters.node().entries) {
    auto filter = filters.entry(e);
    if (filter.has("store") && filter.key("store").node().is_scalar("redis"))
      refuse(problems, filter.key("store"), "there is no 'redis' at the top of the file to be the store");
    if (filter.has("tiers") && names_redis(filter.key("tiers").node()))
      refuse(problems, filter.key("tiers"), "there is no 'redis' at the top of the file to be the tier");
  }
}

void check_stores(const Config& config, const Cursor& root, Problems& problems, const char* section) {
  if (!root.has(section)) return;
  for (auto& e : root.key(section).node().entries) {
    auto at = root.key(section).entry(e);
    if (section == std::string_view("policies"))
      check_stores(config, at, problems);
    else if (at.has("filters"))
      check_stores(config, at.key("filters"), problems);
  }
}

}  // namespace

void check(Config& config, const Node& document, std::span<const FilterSchema> filters, Problems& problems) {
  Cursor root(document);
  check_names(root, problems);
  check_listeners(config, root, problems);
  check_defaults(config, root, problems);
  check_routes(config, root, filters, problems);
  if (problems.sound("redis")) {
    check_stores(config, root, problems, "policies");
    check_stores(config, root, problems, "routes");
  }
  warn_of_admin(config, root, problems);
  warn_of_unverified(config, root, problems);
  if (problems.error_count() == 0) warn_of_unused(config, root, problems);
}

void check_listeners(const Config& config, const Cursor& root, Problems& problems) {
  std::map<std::string, std::string> taken;
  auto claim = [&](const Address& a, const Cursor& at) {
    bool system_chooses = !a.is_unix() && a.port == 0;
    auto [owner, free] = taken.try_emplace(a.to_string(), at.path());
    if (!free && !system_chooses)
      refuse(problems, at, "'" + a.to_string() + "' is already bound by " + owner->second);
  };
  if (root.has("listeners") && root.key("listeners").node().kind == Node::Kind::map &&
      config.listeners.empty())
    refuse(problems, root.key("listeners"), "expected at least one listener");
  for (auto& [name, listener] : config.listeners) {
    auto bind = root.key("listeners").key(name).key("bind");
    if (!problems.sound(bind.path())) continue;
    for (std::size_t i = 0; i < listener.bind.size(); ++i) claim(listener.bind[i], bind.item(i));
  }
  if (config.admin && problems.sound("admin.bind") && root.key("admin").has("bind"))
    claim(config.admin->bind, root.key("admin").key("bind"));
}

void check_defaults(const Config& config, const Cursor& root, Problems& problems) {
  if (!root.has("defaults")) return;
  auto use = root.key("defaults").key("use");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < config.defaults.use.size(); ++i) {
    auto& name = config.defaults.use[i];
    if (name.empty()) continue;
    if (name.front() == '+' || name.front() == '-')
      refuse(problems, use.item(i), "only a route's 'use' has signs; write '" + name.substr(1) + '\'');
    else if (!seen.insert(name).second)
      refuse(problems, use.item(i), "'" + name + "' is there twice");
    else
      is_known("policy", config.policies, name, use.item(i), problems);
  }
}

void warn_of_unused(const Config& config, const Cursor& root, Problems& problems) {
  std::set<std::string_view> upstreams, policies(config.defaults.use.begin(), config.defaults.use.end());
  for (auto& [name, route] : config.routes) {
    for (auto& target : route.to) {
      upstreams.insert(target.upstream);
      if (target.read) upstreams.insert(*target.read);
      if (target.write) upstreams.insert(*target.write);
    }
    if (route.mirror) upstreams.insert(route.mirror->to);
    policies.insert(route.policies.begin(), route.policies.end());
  }
  auto warn = [&](std::string_view section, const std::set<std::string_view>& used, const char* message) {
    if (!root.has(section)) return;
    for (auto& e : root.key(section).node().entries)
      if (!used.contains(e.key)) problems.warning(e.place, root.key(section).entry(e).path(), message);
  };
  warn("upstreams", upstreams, "no route uses this upstream");
  warn("policies", policies, "no route uses this policy");
}

}  // namespace sluice::config
