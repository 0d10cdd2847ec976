#include "upstream/check.hpp"

#include "net/http1/client.hpp"
#include "sluice/timers.hpp"

namespace sluice::upstream {
namespace {

http::RequestHead request_of(const CheckSettings& settings, const Endpoint& endpoint, const Fields& fields) {
  http::RequestHead head;
  std::string_view path = settings.health.path;
  auto question = path.find('?');
  head.path = path.substr(0, question);
  head.has_query = question != std::string_view::npos;
  if (head.has_query) head.query = path.substr(question + 1);
  head.host = settings.host.empty() ? endpoint.authority() : settings.host;
  head.fields = &fields;
  head.keep_alive = false;
  return head;
}

// The status that the endpoint answers with.
Task<Result<unsigned>> ask(std::unique_ptr<net::Stream> stream, const CheckSettings& settings,
                           const Endpoint& endpoint) {
  Arena arena;
  Fields fields(arena);
  fields.add("User-Agent", "sluice-health");
  net::Http1Client client(std::move(stream), settings.limits);
  auto sending = client.send_head(request_of(settings, endpoint, fields));
  if (auto sent = co_await sending; !sent) co_return sent.error();
  Response response(arena);
  do {
    auto receiving = client.receive_head(Method::get, response);
    if (auto received = co_await receiving; !received) co_return received.error();
  } while (response.status < 200);
  co_return response.status;
}

DialTarget target_of(const CheckSettings& settings, Endpoint& endpoint, EndpointAddress address) {
  if (settings.health.port && !address.is_unix()) address.port = *settings.health.port;
  bool over_tls = endpoint.identity().tls && settings.health.type == config::HealthType::http;
  auto tls = over_tls ? endpoint.tls(settings.tls, settings.server_name) : nullptr;
  return DialTarget(std::move(address), std::move(tls));
}

// 0: connected, and no more was asked for.
Task<Result<unsigned>> attempt(net::Reactor& reactor, Endpoint& endpoint, const CheckSettings& settings,
                               const Dialler& dialler, TimePoint deadline) {
  auto address = endpoint.address();
  if (!address) co_return Error(Error::Kind::unavailable, Error::Side::upstream, "unresolved");
  auto dialling = dialler(reactor, target_of(settings, endpoint, std::move(*address)), deadline);
  auto stream = co_await dialling;
  if (!stream) co_return stream.error();
  if (settings.health.type == config::HealthType::tcp) co_return 0u;
  auto asking = ask(std::move(*stream), settings, endpoint);
  co_return co_await asking;
}

std::string fault_of(unsigned status, const config::StatusRange& expected) {
  if (expected.contains(status)) return {};
  auto range = std::to_string(expected.low);
  if (expected.high != expected.low) range += '-' + std::to_string(expected.high);
  return "status " + std::to_string(status) + ", expected " + range;
}

}  // namespace

Task<std::string> check(net::Reactor& reactor, Endpoint& endpoint,
                        std::shared_ptr<const CheckSettings> settings, const Dialler& dialler) {
  auto deadline = reactor.now() + settings->health.timeout;
  Within<unsigned> bounded(reactor.timers(), deadline,
                           attempt(reactor, endpoint, *settings, dialler, deadline));
  auto status = co_await bounded;
  if (!status)
    co_return status.error().kind == Error::Kind::deadline ? "no answer in time" : status.error().cause;
  if (settings->health.type == config::HealthType::tcp) co_return {};
  co_return fault_of(*status, settings->health.expect);
}

}  // namespace sluice::upstream
