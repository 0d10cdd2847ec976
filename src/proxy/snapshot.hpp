// Snapshot: everything that serving a request needs to know, immutable, built from one configuration. What
// outlives a configuration (endpoints, connections, health, modes, metrics) lives in registries; a snapshot
// holds shared pointers and ids. Its last reference may drop on any thread.
//
//   auto next = std::make_shared<Snapshot>();        // server/build fills it
//   next->routes.push_back(...);
//   next->router = proxy::Router(rules);             // rule i is routes[i]
//   gateway.publish(next);                           // const from here on
//
// Route and Snapshot are declared in the SDK, where a filter may hold but not open them; therefore they stand
// in the namespace `sluice`.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/config.hpp"
#include "http/credentials.hpp"
#include "pipeline/filter_chain.hpp"
#include "proxy/router.hpp"
#include "sluice/ip.hpp"
#include "sluice/units.hpp"
#include "telemetry/labels.hpp"

namespace sluice {

namespace upstream {
class Upstream;
}

namespace proxy {

struct Persistence;
class Overload;
class Split;
struct Mirror;

// One of the upstreams that a route forwards to.
struct Target {
  std::shared_ptr<upstream::Upstream> upstream;
  std::uint32_t weight = 1;  // as the file has it; what stands is the split's
};

// At least one target.
struct Forward {
  std::vector<Target> to;
  std::shared_ptr<const Split> split = {};    // exactly where there are several
  std::shared_ptr<upstream::Upstream> write;  // for methods that are not safe; null: they go where all go
};

struct Respond {
  std::uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

struct Redirect {
  config::Template to;
  std::uint16_t status = 308;
};

// A field's name from the configuration, classified once.
struct FieldName {
  std::string text;
  FieldId id;
  FieldName(std::string name) : text(std::move(name)), id(field_id(text)) {}
};

// Who may ask what each filter decided, and by which field.
struct ExplainPolicy {
  FieldName header;
  std::vector<Cidr> from;  // addresses of peers, whatever is believed of clients
};

struct ListenerPolicy {
  std::string name;
  telemetry::ListenerId id = telemetry::ListenerId::none;
  std::vector<Cidr> trusted_proxies;  // whose X-Forwarded-*, Forwarded and request ids are believed
  config::ForwardedKind forwarded = config::ForwardedKind::x;
  std::optional<std::uint16_t> redirect_https;  // the port that the redirect names
};

}  // namespace proxy

struct Route {
  std::string name;
  telemetry::RouteId id = telemetry::RouteId::none;
  pipeline::FilterChain chain;
  std::variant<proxy::Forward, proxy::Respond, proxy::Redirect> action;

  std::optional<config::Template> rewrite;  // of the path that is sent on
  std::string strip_prefix;                 // or this, cut off its front; empty: nothing

  OrOff<Duration> timeout;                                // from the request's head to the answer's
  config::RouteTimeouts timeouts;                         // idle, total, tunnel
  std::shared_ptr<const proxy::Persistence> persistence;  // null: one try at whoever can be reached
  std::shared_ptr<const config::Rehearsal> faults;        // null: none are injected
  std::shared_ptr<const proxy::Mirror> mirror;            // null: nobody is shown a copy
  std::optional<proxy::FieldName> deadline_field;         // tells upstreams how long is left
  config::Importance importance = config::Importance::normal;
  std::optional<pipeline::FilterChain> reduced_chain;  // without what is optional; absent: never is
  std::optional<proxy::Respond> shed_answer;           // in the place of 503 when it is shed
  bool serves_stale = false;                           // under overload its cache answers, if it can at all
  OrOff<Size> max_body;
  Size buffer = mebibytes(1);
};

class Snapshot {
 public:
  std::uint64_t version = 0;
  proxy::Router router;
  std::vector<Route> routes;
  std::vector<proxy::ListenerPolicy> listeners;

  // For requests that no route matches: the edge filters of `defaults.use`.
  pipeline::FilterChain edge;
  OrOff<Duration> edge_timeout;

  // Of queries: credentials, which are shown to nobody.
  http::ParameterNames secret_parameters;

  proxy::FieldName request_id_header{"X-Request-ID"};
  std::optional<proxy::ExplainPolicy> explain;
  std::shared_ptr<proxy::Overload> overload;  // there where there are bounds
  OrOff<config::Overload> overload_bounds;
  bool merge_slashes = true;    // how a rewritten path is normalised
  bool via_on_answers = false;  // `Via` is always written on requests

  // The listener of that name; one without trust or redirect where there is none.
  const proxy::ListenerPolicy& listener(std::string_view name) const noexcept;
};

}  // namespace sluice
