// What the keys of an upstream mean.
#include <algorithm>

#include "config/check_listed.hpp"
#include "config/config.hpp"

namespace sluice::config {

const Schema& ConsistentHash::schema() {
  static const Schema s =
      describe<ConsistentHash>("Requests with the same key go to the same endpoint.")
          .member("key", &ConsistentHash::key,
                  "What decides: `header.X-Tenant`, `cookie.session`, `param.id`, `client.ip`, `principal` "
                  "... A request without it goes to a random endpoint.",
                  required)
          .member("max_load", &ConsistentHash::max_load,
                  "The most requests in flight that an endpoint gets, measured by an even share; a key whose "
                  "endpoint has that many goes to the next.",
                  at_least(Percent{1.0}))
          .short_form("key")
          .check([](const ConsistentHash& c, Faults& faults) {
            if (c.key.needs_response())
              faults.add("key", "'" + c.key.spelling() + "' is known only after an endpoint was chosen");
          });
  return s;
}

const Schema& Balancing::schema() {
  static const Schema s =
      describe<Balancing>("How an endpoint is chosen.")
          .member("policy", &Balancing::name,
                  "In turn, the one with fewer requests in flight, the one that has been faster, or any.")
          .member("consistent_hash", &Balancing::consistent_hash,
                  "Requests with the same key go to the same endpoint.")
          .at_most_one({"policy", "consistent_hash"})
          .short_form("policy")
          .check([](const Balancing& b, Faults& faults) {
            if (!b.consistent_hash && b.name == Balance::consistent_hash)
              faults.add("policy", "needs a key: { consistent_hash: { key: header.X-Tenant } }");
          });
  return s;
}

const Schema& Sticky::schema() {
  static const Schema s =
      describe<Sticky>("A cookie that brings a client back to the endpoint that served it before.")
          .member("cookie", &Sticky::cookie, "Its name.")
          .member("secret", &Sticky::secret,
                  "What the cookie is signed with, at least 16 characters, the same on all replicas.",
                  required, sluice::secret)
          .member("ttl", &Sticky::ttl, "How long a client keeps it.", at_least<Duration>(1s))
          .check([](const Sticky& sticky, Faults& faults) {
            if (!is_token(sticky.cookie)) faults.add("cookie", "'" + sticky.cookie + "' is no cookie's name");
            if (sticky.secret.size() < 16) faults.add("secret", "expected at least 16 characters");
          });
  return s;
}

const Schema& Zones::schema() {
  static const Schema s =
      describe<Zones>("Endpoints of the gateway's own zone are asked before others.")
          .member("local", &Zones::local, "The gateway's own zone. Empty: none is preferred.")
          .member("spill_below", &Zones::spill_below,
                  "While at least this share of the zone's weight is available it takes all requests; below, "
                  "the others take what is missing.",
                  range(Percent{0.01}, Percent{1.0}));
  return s;
}

const Schema& UpstreamTls::schema() {
  static const Schema s =
      describe<UpstreamTls>("TLS towards endpoints.")
          .member("ca", &UpstreamTls::ca, "The authorities that are trusted; without it the system's.")
          .member("server_name", &UpstreamTls::server_name,
                  "The name that is asked for and verified; without it the endpoint's host.")
          .member("cert", &UpstreamTls::cert, "A client certificate, with its chain.")
          .member("key", &UpstreamTls::key, "The client certificate's key.")
          .member("verify", &UpstreamTls::verify, "Whether the endpoint has to prove who it is.")
          .check([](const UpstreamTls& t, Faults& faults) {
            if (t.cert && !t.key) faults.add("cert", "needs 'key'");
            if (t.key && !t.cert) faults.add("key", "needs 'cert'");
            if (t.server_name && !is_host_name(*t.server_name))
              faults.add("server_name", "'" + *t.server_name + "' is no host name in lower case");
          });
  return s;
}

const Schema& Health::schema() {
  static const Schema s =
      describe<Health>("Active health checks: an endpoint that fails them gets no traffic.")
          .member("type", &Health::type, "`http` asks for a path, `tcp` only connects.")
          .member("path", &Health::path, "What is asked for.")
          .member("port", &Health::port, "The port that is asked; without it the endpoint's.",
                  range(1, 65535))
          .member("interval", &Health::interval, "From one check to the next.", at_least<Duration>(10ms))
          .member("timeout", &Health::timeout, "How long a check may take.", at_least<Duration>(1ms))
          .member("rise", &Health::rise, "Passed checks in a row that make an endpoint healthy again.",
                  range(1, 100))
          .member("fall", &Health::fall, "Failed checks in a row that make it unhealthy.", range(1, 100))
          .member("expect", &Health::expect, "The statuses that pass.")
          .check([](const Health& h, Faults& faults) {
            if (!h.path.starts_with('/') || !is_field_value(h.path) || h.path.find(' ') != h.path.npos)
              faults.add("path", "a path starts with '/' and has no spaces, found '" + h.path + '\'');
            if (h.timeout > h.interval) faults.add("timeout", "'timeout' is longer than 'interval'");
          });
  return s;
}

const Schema& Pool::schema() {
  static const Schema s =
      describe<Pool>("Connections that are kept for further requests.")
          .member("max_idle", &Pool::max_idle, "Unused connections that each worker keeps to each endpoint.",
                  range(0, 100000))
          .member("idle_timeout", &Pool::idle_timeout, "How long an unused one is kept.",
                  at_least<Duration>(1ms))
          .member("max_connections", &Pool::max_connections, "Connections to each endpoint, of all workers.",
                  at_least(1));
  return s;
}

namespace {

void check_endpoints(const Upstream& u, Faults& faults) {
  if (u.discover) return;
  check_listed(u.endpoints, faults);
  if (u.tls && !u.endpoints.empty() &&
      std::ranges::none_of(u.endpoints, [](const Endpoint& e) { return e.url.tls; }))
    faults.add("tls", "no endpoint is https://");
}

void check_zones(const Upstream& u, Faults& faults) {
  bool near = u.zones && !u.zones->local.empty();
  if (near && u.discover && !u.discover->file) faults.add("zones", "endpoints that DNS finds have no zone");
}

}  // namespace

const Schema& Upstream::schema() {
  static const Schema s =
      describe<Upstream>("A group of endpoints that serve the same.")
          .member("endpoints", &Upstream::endpoints, "The servers.")
          .member("discover", &Upstream::discover,
                  "Where the servers are found. What DNS finds speaks https where `tls` is there, else http.")
          .member("host", &Upstream::host,
                  "The Host that endpoints see: `preserve` the client's, the `endpoint`'s own, or a name.")
          .member("tls", &Upstream::tls, "TLS towards endpoints.")
          .member("balance", &Upstream::balance, "How an endpoint is chosen. Without it: least_request.")
          .member("sticky", &Upstream::sticky,
                  "A cookie that brings a client back to the endpoint that served it before.")
          .member("slow_start", &Upstream::slow_start,
                  "How long an endpoint that is new, or available again, takes to come to its whole share.",
                  at_least<Duration>(1ms))
          .member("zones", &Upstream::zones, "Endpoints of the gateway's own zone are asked before others.")
          .member("health", &Upstream::health,
                  "Active checks. The first comes at once; an endpoint is healthy until it fails.")
          .member("outlier", &Upstream::outlier, "Endpoints that answer badly are left alone for a while.")
          .member("breaker", &Upstream::breaker,
                  "What the upstream is spared: more requests than it can take, and any while it fails.")
          .member("pool", &Upstream::pool, "Connections that are kept.")
          .member("connect_timeout", &Upstream::connect_timeout,
                  "How long connecting may take, TLS included.", at_least<Duration>(1ms))
          .exactly_one({"endpoints", "discover"})
          .check(check_endpoints)
          .check(check_zones);
  return s;
}

}  // namespace sluice::config
