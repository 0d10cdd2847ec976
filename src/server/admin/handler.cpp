#include "server/admin/handler.hpp"

#include <nlohmann/json.hpp>

#include "config/dump.hpp"
#include "http/problem.hpp"
#include "server/filters.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/request_id.hpp"

namespace sluice::server {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

AdminReply json_reply(const Json& document) {
  // What is not UTF-8 in a file's message must not break the page.
  return {.body = document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n', .fields = {}};
}

AdminReply text_reply(std::uint16_t status, std::string body) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = std::move(body), .fields = {}};
}

std::string extension_of(const std::vector<std::string>& errors) {
  return "\"errors\":" + Json(errors).dump(-1, ' ', false, Json::error_handler_t::replace);
}

AdminReply problem_with(std::uint16_t status, std::string_view detail, std::string_view extension) {
  static thread_local telemetry::RequestIds ids;
  char id[telemetry::RequestIds::size];
  ids.write(wall_now(), id);
  AdminReply reply{.status = status, .type = std::string(http::problem_type), .body = {}, .fields = {}};
  reply.body = http::problem_body({status, detail, {id, sizeof id}, extension});
  if (status == 401) reply.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"sluice\"");
  return reply;
}

}  // namespace

const std::span<const AdminHandler::Page> AdminHandler::pages = [] {
  static constexpr Page all[] = {
      {"/metrics", "GET", &AdminHandler::metrics}, {"/healthz", "GET", &AdminHandler::healthz},
      {"/readyz", "GET", &AdminHandler::readyz},   {"/status", "GET", &AdminHandler::status},
      {"/config", "GET", &AdminHandler::config},   {"/reload", "POST", &AdminHandler::reload},
      {"/drain", "POST", &AdminHandler::drain},
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
  if (auto refusal = guard().judge(request)) return problem(refusal->status, refusal->detail);
  for (auto& page : pages) {
    if (page.path != request.path) continue;
    bool reads = page.method == "GET";
    if (request.method == page.method || (reads && request.method == "HEAD")) return (this->*page.make)();
    auto reply = problem(405, "this path has another method");
    reply.fields.emplace_back("Allow", reads ? "GET, HEAD" : "POST");
    return reply;
  }
  return problem(404, "there is no such path");
}

AdminReply AdminHandler::problem(std::uint16_t status, std::string_view detail) {
  return problem_with(status, detail, {});
}

AdminReply AdminHandler::metrics() {
  return {.type = std::string(telemetry::Metrics::content_type), .body = ports_.metrics(), .fields = {}};
}

AdminReply AdminHandler::healthz() {
  return text_reply(200, "ok\n");
}

AdminReply AdminHandler::readyz() {
  if (standing_.ready()) return text_reply(200, "ready\n");
  return problem(503, standing_.draining() ? "draining" : "no configuration is in force yet");
}

AdminReply AdminHandler::status() {
  return json_reply(status_document(standing_, facts_, wall_now()));
}

AdminReply AdminHandler::config() {
  auto published = standing_.published();
  if (!published) return problem(503, "no configuration is in force yet");
  return json_reply(config::dump(*published->config, filter_schemas()));
}

AdminReply AdminHandler::reload() {
  auto report = ports_.reload();
  while (report.wait_for(10ms) != std::future_status::ready)
    if (stopping_) return problem(503, "the process is ending");
  auto done = report.get();
  if (done.taken) return json_reply(reload_document(done));
  return problem_with(422, "the configuration was refused; the one before stays in force",
                      extension_of(done.errors));
}

AdminReply AdminHandler::drain() {
  ports_.drain();
  return json_reply({{"draining", true}});
}

}  // namespace sluice::server
