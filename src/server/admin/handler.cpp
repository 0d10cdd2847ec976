#include "server/admin/handler.hpp"

#include "config/dump.hpp"
#include "server/admin/cache.hpp"
#include "server/admin/filter_mode.hpp"
#include "server/admin/path.hpp"
#include "server/admin/route_weights.hpp"
#include "server/filters.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;

constexpr auto no_configuration = "no configuration is in force yet";

std::string extension_of(const std::vector<std::string>& errors) {
  return "\"errors\":" + Json(errors).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

const std::span<const AdminHandler::Page> AdminHandler::pages = [] {
  static constexpr Page all[] = {
      {"/metrics", "GET", &AdminHandler::metrics},
      {"/healthz", "GET", &AdminHandler::healthz},
      {"/readyz", "GET", &AdminHandler::readyz},
      {"/status", "GET", &AdminHandler::status},
      {"/config", "GET", &AdminHandler::config},
      {"/reload", "POST", &AdminHandler::reload},
      {"/drain", "POST", &AdminHandler::drain},
      {"/policies/{}/mode", "PUT", &AdminHandler::mode},
      {"/policies/{}", "PATCH", &AdminHandler::change},
      {"/limits/{}/{}", "GET", &AdminHandler::limit},
      {"/limits/{}/{}", "DELETE", &AdminHandler::reset},
      {"/routes/{}/weights", "PUT", &AdminHandler::weights},
      {"/cache/purge", "POST", &AdminHandler::purge},
  };
  return std::span(all);
}();

AdminHandler::AdminHandler(const config::Admin& admin, const Standing& standing, ProcessFacts facts,
                           AdminPorts ports)
    : first_(admin), standing_(standing), facts_(facts), ports_(std::move(ports)) {}

AdminGuard AdminHandler::guard() const {
  auto published = standing_.published();
  return AdminGuard(published && published->config->admin ? *published->config->admin : first_);
}

AdminReply AdminHandler::answer(const AdminRequest& request) {
  auto guard = this->guard();
  if (auto refusal = guard.judge(request)) return problem(refusal->status, refusal->detail);
  std::string allow;
  for (auto& page : pages) {
    auto names = match_path(page.path, request.path);
    if (!names) continue;
    bool reads = page.method == "GET";
    if (request.method == page.method || (reads && request.method == "HEAD"))
      return (this->*page.make)({request, guard, *names});
    allow.append(allow.empty() ? "" : ", ").append(page.method).append(reads ? ", HEAD" : "");
  }
  if (allow.empty()) return problem(404, "there is no such path");
  auto reply = problem(405, "this path has another method");
  reply.fields.emplace_back("Allow", allow);
  return reply;
}

AdminReply AdminHandler::metrics(const Asked&) {
  return {.type = std::string(telemetry::Metrics::content_type), .body = ports_.metrics(), .fields = {}};
}

AdminReply AdminHandler::healthz(const Asked&) {
  return text_reply(200, "ok\n");
}

AdminReply AdminHandler::readyz(const Asked&) {
  if (standing_.ready()) return text_reply(200, "ready\n");
  return problem(503, standing_.draining() ? "draining" : no_configuration);
}

AdminReply AdminHandler::status(const Asked&) {
  return json_reply(status_document(standing_, facts_, wall_now()));
}

AdminReply AdminHandler::config(const Asked&) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return json_reply(config::dump(*published->config, filter_schemas()));
}

AdminReply AdminHandler::reload(const Asked&) {
  auto report = ports_.reload();
  while (report.wait_for(10ms) != std::future_status::ready)
    if (stopping_) return problem(503, "the process is ending");
  auto done = report.get();
  if (done.taken) return json_reply(reload_document(done));
  return problem(422, "the configuration was refused; the one before stays in force",
                 extension_of(done.errors));
}

AdminReply AdminHandler::drain(const Asked&) {
  ports_.drain();
  return json_reply({{"draining", true}});
}

AdminReply AdminHandler::mode(const Asked& asked) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return switch_mode(*published, asked.guard, asked.request, asked.names.front());
}

AdminReply AdminHandler::change(const Asked& asked) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return change_policy(*published, asked.request, asked.names.front());
}

AdminReply AdminHandler::weights(const Asked& asked) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return set_weights(*published, asked.request, asked.names.front());
}

AdminReply AdminHandler::limit(const Asked& asked) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return look_at_limit(*published, ports_.on_worker, asked.names[0], asked.names[1]);
}

AdminReply AdminHandler::reset(const Asked& asked) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return reset_limit(*published, ports_.on_worker, asked.names[0], asked.names[1]);
}

AdminReply AdminHandler::purge(const Asked& asked) {
  auto published = standing_.published();
  if (!published) return problem(503, no_configuration);
  return purge_cache(*published, ports_.on_worker, asked.request);
}

}  // namespace sluice::server
