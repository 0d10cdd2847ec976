#include "server/admin/reply.hpp"

#include "http/problem.hpp"
#include "telemetry/request_id.hpp"

namespace sluice::server {

// What is not UTF-8 in a file's message must not break the page.
AdminReply json_reply(const Json& document) {
  return {.body = document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n', .fields = {}};
}

AdminReply text_reply(std::uint16_t status, std::string body) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = std::move(body), .fields = {}};
}

AdminReply problem(std::uint16_t status, std::string_view detail, std::string_view members) {
  static thread_local telemetry::RequestIds ids;
  char id[telemetry::RequestIds::size];
  ids.write(wall_now(), id);
  AdminReply reply{.status = status, .type = std::string(http::problem_type), .body = {}, .fields = {}};
  reply.body = http::problem_body({status, detail, {id, sizeof id}, members});
  if (status == 401) reply.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"sluice\"");
  return reply;
}

}  // namespace sluice::server
