#include "server/admin/status.hpp"

#include <ctime>
#include <nlohmann/json.hpp>

#include "proxy/split.hpp"
#include "server/admin/cache.hpp"
#include "server/admin/filter_mode.hpp"
#include "server/admin/limits.hpp"
#include "server/sources.hpp"
#include "server/version.hpp"
#include "upstream/status.hpp"

namespace sluice::server {
namespace {

// RFC 3339, in UTC.
std::string timestamp(WallPoint at) {
  auto seconds = WallClock::to_time_t(at);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

Json json_of(const ListenerPlan& plan) {
  Json binds = Json::array();
  for (auto& s : plan.sockets) binds.push_back(s->actual_address().to_string());
  return {{"bind", binds},
          {"tls", plan.session->tls != nullptr},
          {"connections", plan.connections->connections()}};
}

void add_targets(Json& json, const proxy::Forward& forward) {
  auto standing = forward.split ? forward.split->weights().standing() : proxy::Weights::Table();
  for (auto& target : forward.to) {
    Json to{{"upstream", target.upstream->name()}, {"weight", target.weight}};
    if (forward.split) {
      to["configured"] = target.weight;
      to["weight"] = standing.at(target.upstream->name());
    }
    json["to"].push_back(std::move(to));
  }
}

Json action_of(const Route& route) {
  Json json;
  if (auto* forward = std::get_if<proxy::Forward>(&route.action)) {
    add_targets(json, *forward);
  } else if (auto* respond = std::get_if<proxy::Respond>(&route.action)) {
    json["respond"] = respond->status;
  } else {
    json["redirect"] = std::get<proxy::Redirect>(route.action).to.text;
  }
  return json;
}

Json json_of(const Route& route, const config::Route& written) {
  Json json = action_of(route);
  if (written.match.host) json["host"] = *written.match.host;
  json["path"] = written.match.path_regex ? *written.match.path_regex : written.match.path.value_or("/**");
  Json filters = Json::array();
  for (auto& step : route.chain.steps()) filters.push_back(step.name);
  json["filters"] = filters;
  return json;
}

Json json_of(const upstream::EndpointStatus& e) {
  Json json{{"name", e.name},
            {"address", e.address},
            {"weight", e.weight},
            {"tier", e.tier},
            {"available", e.available},
            {"healthy", e.healthy},
            {"connections", e.connections},
            {"in_flight", e.in_flight}};
  if (!e.zone.empty()) json["zone"] = e.zone;
  if (!e.reason.empty()) json["reason"] = e.reason;
  if (e.since != WallPoint()) json["since"] = timestamp(e.since);
  if (auto& ejected = e.ejected)
    json["ejected"] = {{"reason", ejected->reason},
                       {"since", timestamp(ejected->since)},
                       {"seconds_left", seconds(ejected->left)},
                       {"repeats", ejected->repeats}};
  return json;
}

Json json_of(const upstream::Breaker::Status& b) {
  constexpr std::array phases = {"closed", "half_open", "open"};
  Json json{{"state", phases[static_cast<std::size_t>(b.phase)]},
            {"in_flight", b.in_flight},
            {"pending", b.pending},
            {"answers", {{"well", b.recent.well}, {"badly", b.recent.badly}}}};
  if (b.left > Duration{}) json["seconds_left"] = seconds(b.left);
  return json;
}

Json json_of(const SourceStatus& s, WallPoint now) {
  Json json{{"kind", s.kind}, {"name", s.name}, {"usable", s.usable}, {"items", s.items}};
  if (s.loaded) {
    json["loaded"] = timestamp(*s.loaded);
    json["age_seconds"] = seconds(now - *s.loaded);
  }
  if (!s.error.empty()) json["error"] = s.error;
  return json;
}

Json json_of(const upstream::UpstreamStatus& u, WallPoint now) {
  Json endpoints = Json::array();
  for (auto& e : u.endpoints) endpoints.push_back(json_of(e));
  Json json{{"balance", u.balance}, {"endpoints", endpoints}};
  if (u.discovery) json["discovery"] = json_of(*u.discovery, now);
  if (u.breaker) json["breaker"] = json_of(*u.breaker);
  return json;
}

void add_published(Json& json, const Published& published, WallPoint now) {
  json["config"] = {{"version", published.version}, {"published", timestamp(published.at)}};
  for (auto& plan : published.built.listeners) json["listeners"][plan.name] = json_of(plan);
  for (auto& route : published.built.snapshot->routes)
    json["routes"][route.name] = json_of(route, published.config->routes.at(route.name));
  json["policies"] = filters_document(published);
  for (auto& limit : published.built.adjustables)
    if (auto changes = changes_of(*limit); !changes.is_null())
      json["policies"][std::string(limit->name())]["changed"] = std::move(changes);
  if (auto cache = cache_document(published); !cache.is_null()) json["cache"] = std::move(cache);
  if (published.built.redis.clients) json["redis"] = status_of(published.built.redis);
  for (auto& upstream : published.built.upstreams)
    json["upstreams"][upstream->name()] = json_of(upstream::status_of(*upstream), now);
  json["sources"] = Json::array();
  for (auto& source : distinct(published.built.background))
    json["sources"].push_back(json_of(source->status(), now));
}

}  // namespace

Json status_document(const Standing& standing, const ProcessFacts& facts, WallPoint now) {
  Json json;
  json["version"] = version;
  json["commit"] = commit;
  json["started"] = timestamp(facts.started);
  json["uptime_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(now - facts.started).count();
  json["workers"] = facts.workers;
  json["ready"] = standing.ready();
  json["draining"] = standing.draining();
  if (auto published = standing.published()) add_published(json, *published, now);
  if (auto report = standing.last_reload(); report.at != WallPoint())
    json["last_reload"] = reload_document(report);
  return json;
}

Json reload_document(const ReloadReport& report) {
  return {{"taken", report.taken},
          {"at", timestamp(report.at)},
          {"version", report.version},
          {"errors", report.errors},
          {"warnings", report.warnings}};
}

}  // namespace sluice::server
