#include "proxy/local_reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/problem.hpp"
#include "pipeline/faults.hpp"

namespace sluice::proxy {
namespace {

std::string_view sentence(std::uint16_t status) noexcept {
  switch (status) {
    case 400:
      return "The request is malformed.";
    case 404:
      return "No route matches this request.";
    case 405:
      return "This resource does not allow the request's method.";
    case 408:
      return "The request did not arrive in time.";
    case 413:
      return "The request's body is larger than this route allows.";
    case 414:
      return "The request's target is too long.";
    case 431:
      return "The request's head is too large.";
    case 500:
      return "The gateway failed to handle this request.";
    case 501:
      return "The gateway does not implement this method.";
    case 502:
      return "The upstream gave no valid answer.";
    case 503:
      return "Nobody is there to handle this request now.";
    case 504:
      return "The upstream did not answer in time.";
    case 505:
      return "This version of HTTP is not supported.";
    case 508:
      return "The request came back to this gateway.";
    default:
      return {};
  }
}

// Which of all the bounds on time it was: what the caller is told, and the same as a member for programs.
struct Lateness {
  std::string_view cause, detail, members;
};
constexpr std::array<Lateness, 6> latenesses = {{
    {"connect_timeout", "No connection to the upstream could be made in time.",
     R"("reason":"connect_timeout")"},
    {"per_try_timeout", "No attempt at the upstream was answered in its time.",
     R"("reason":"per_try_timeout")"},
    {"route_timeout", "The upstream did not answer within the route's time.", R"("reason":"route_timeout")"},
    {"total_timeout", "The exchange took longer than the route allows.", R"("reason":"total_timeout")"},
    {"deadline", "The time that the caller left for it is over.", R"("reason":"deadline")"},
    {"filters_timeout", "The gateway did not come to a decision within the route's time.",
     R"("reason":"filters_timeout")"},
}};

// Request ids that a trusted proxy gave need not be UUIDs.
bool is_uuid(std::string_view id) noexcept {
  return id.size() == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' &&
         id.find_first_not_of("0123456789abcdefABCDEF-") == id.npos;
}

std::string_view port_suffix(std::uint16_t port, Arena& arena) {
  if (port == 443) return {};
  char* text = arena.bytes(6);
  text[0] = ':';
  auto end = std::to_chars(text + 1, text + 6, port).ptr;
  return {text, static_cast<std::size_t>(end - text)};
}

}  // namespace

Eventual<Result<Chunk>> ViewBody::read(std::size_t max) {
  auto bytes = text_.substr(read_, max);
  read_ += bytes.size();
  return Result<Chunk>(Chunk{{bytes.data(), bytes.size()}, read_ == text_.size(), nullptr});
}

bool ViewBody::rewind() noexcept {
  read_ = 0;
  return true;
}

void explain_refusal(Exchange& x) {
  auto& r = x.response;
  if (!r.local || r.body || r.status < 400) return;
  auto detail = x.problem.detail.empty() ? sentence(r.status) : x.problem.detail;
  auto body =
      http::problem_body({r.status, detail, is_uuid(x.id) ? x.id : std::string_view(), x.problem.members});
  r.length = body.size();
  r.body = std::make_unique<MemoryBody>(std::move(body));
  r.fields.set(FieldId::content_type, "Content-Type", http::problem_type);
  if (r.status == 503 && !r.fields.has(FieldId::retry_after))
    r.fields.add(FieldId::retry_after, "Retry-After", "1");
}

void refuse_for(Exchange& x, const Error& error) noexcept {
  x.error = error;
  x.flags.set(pipeline::flags_of(error));
  x.refuse(pipeline::status_of(error), error.cause);
  if (x.response.status != 504) return;
  auto* late = std::ranges::find(latenesses, std::string_view(error.cause), &Lateness::cause);
  if (late != latenesses.end()) x.explain(late->detail, late->members);
}

void respond(Exchange& x, const Respond& what) {
  auto& r = x.response;
  r.reset();
  r.status = what.status;
  r.local = true;
  r.reason = "respond";
  for (auto& [name, value] : what.fields) r.fields.add(name, value);
  r.length = what.body.size();
  if (what.body.empty()) return;
  r.body = std::make_unique<ViewBody>(what.body);
  if (!r.fields.has(FieldId::content_type))
    r.fields.add(FieldId::content_type, "Content-Type", "text/plain; charset=utf-8");
}

void redirect(Exchange& x, std::uint16_t status, std::string_view location) {
  x.refuse(status, "redirect");
  x.response.fields.add(FieldId::location, "Location", location);
}

void redirect_to_https(Exchange& x, std::uint16_t port) {
  auto& request = x.request;
  auto& arena = x.arena;
  if (request.host.empty()) {
    x.refuse(400, "host_missing");
    return;
  }
  auto query = request.has_query ? arena.concat({"?", request.query}) : std::string_view();
  redirect(x, 308, arena.concat({"https://", request.host, port_suffix(port, arena), request.path, query}));
}

}  // namespace sluice::proxy
