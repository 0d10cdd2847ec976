// What the keys of the process as a whole mean: the document's root, admin, telemetry, drain.
#include "config/config.hpp"

namespace sluice::config {

const Schema& Config::schema() {
  static const Schema s =
      describe<Config>("What a file consists of.")
          .member("version", &Config::version, "The version of this format; has to be there.", range(1, 1))
          .member("include", &Config::include,
                  "Further files to take in, as patterns: their listeners, upstreams, policies and routes "
                  "join those "
                  "of this file. A name defined twice is an error.")
          .member("workers", &Config::workers,
                  "Threads that carry traffic; `auto`: the CPUs in the affinity mask and the cgroup's quota. "
                  "Cannot "
                  "change in a reload.",
                  range(1, 1024))
          .member("user", &Config::user,
                  "The user to become once the listeners are bound. Keys and certificates must be readable "
                  "by it, for "
                  "reloads. Cannot change in a reload.")
          .member("drain", &Config::drain, "How the process lets go of its connections when it stops.")
          .member("paths", &Config::paths, "How request paths are normalised before they are matched.")
          .member("listeners", &Config::listeners, "Where clients connect, by name.", required)
          .member("admin", &Config::admin, "The administration endpoint; without it there is none.")
          .member("redis", &Config::redis,
                  "The Redis that limits with `store: redis` and caches with `tiers: [memory, redis]` share.")
          .member("replicas", &Config::replicas, "How processes that share a Redis know of each other.")
          .member("cache_memory", &Config::cache_memory,
                  "What `cache` policies may keep in memory, all of them together.")
          .member("overload", &Config::overload,
                  "What the whole process may have to do before it sheds requests. Off until asked for.")
          .member("telemetry", &Config::telemetry, "What is written about the traffic.")
          .member("upstreams", &Config::upstreams, "Where requests are sent, by name.")
          .member("policies", &Config::policies,
                  "Filters with their settings, by a name that `use` refers to.")
          .member("defaults", &Config::defaults, "What routes have that do not say otherwise.")
          .member("routes", &Config::routes, "Which request goes where, by name.")
          .check([](const Config& c, Faults& faults) {
            if (c.user && !is_token(*c.user)) faults.add("user", "'" + *c.user + "' is no name of a user");
          });
  return s;
}

const Schema& Drain::schema() {
  static const Schema s =
      describe<Drain>("How the process lets go of its connections when it stops.")
          .member("accept", &Drain::accept,
                  "How long new connections are still accepted, so that load balancers notice; idle "
                  "connections close "
                  "at its end.")
          .member("finish", &Drain::finish, "How long running requests and tunnels may go on after that.");
  return s;
}

const Schema& Paths::schema() {
  static const Schema s =
      describe<Paths>("How request paths are normalised before they are matched.")
          .member("merge_slashes", &Paths::merge_slashes, "Whether `//` is taken as `/`.");
  return s;
}

const Schema& Admin::schema() {
  static const Schema s =
      describe<Admin>("The administration endpoint: metrics, health, status, reload, drain.")
          .member("bind", &Admin::bind, "Where it listens. Cannot change in a reload.", required)
          .member(
              "token", &Admin::token,
              "The bearer token that is asked for off loopback, where only `/healthz` and `/readyz` answer "
              "without it.",
              secret)
          .member("hosts", &Admin::hosts, "The Host values that are answered; any other is 403.")
          .check([](const Admin& a, Faults& faults) {
            if (a.token && a.token->empty()) faults.add("token", "an empty token would let everybody in");
          });
  return s;
}

const Schema& Redis::schema() {
  static const Schema s =
      describe<Redis>("The Redis that replicas of the gateway share.")
          .member("url", &Redis::url,
                  "redis://user:password@host:port/database, without what is not needed, or unix:/path. User "
                  "and password are percent-encoded.",
                  required, secret)
          .member("timeout", &Redis::timeout,
                  "How long a request waits for an answer of Redis; after that the policy's "
                  "`on_store_failure` "
                  "holds.",
                  range<Duration>(1ms, 10s))
          .member("prefix", &Redis::prefix, "What all keys begin with.")
          .member("max_entry", &Redis::max_entry,
                  "The longest answer that caches with `tiers: [memory, redis]` keep there, head and body; "
                  "longer ones stay in memory.",
                  range(kibibytes(1), mebibytes(64)))
          .member("cut_off", &Redis::cut_off,
                  "How long such caches believe what is in memory while Redis cannot be heard, since purges "
                  "of other replicas may be missed meanwhile; then it is validated with its origin first. "
                  "`off`: always.",
                  at_least<Duration>(1s))
          .member("encrypt", &Redis::encrypt,
                  "The key that such caches seal with what they keep there (AES-256-GCM): 64 hexadecimal "
                  "digits, or base64 of 32 bytes. Replicas have the same.",
                  secret)
          .check([](const Redis& r, Faults& faults) {
            if (r.url.tls)
              faults.add(
                  "url",
                  "'rediss://' needs TLS, which this build's hiredis does not have; reach Redis over a "
                  "trusted network, a unix socket, or a TLS tunnel that listens on loopback");
            if (r.prefix.find_first_of("{}") != r.prefix.npos)
              faults.add("prefix", "braces would decide which node of a cluster has the keys");
          });
  return s;
}

const Schema& Replicas::schema() {
  static const Schema s =
      describe<Replicas>("How processes that share a Redis know of each other.")
          .member("heartbeat", &Replicas::heartbeat, "How often each of them says that it lives.",
                  at_least<Duration>(100ms))
          .member("expire", &Replicas::expire, "How long after its last word one counts as gone.",
                  at_least<Duration>(200ms))
          .check([](const Replicas& r, Faults& faults) {
            if (r.expire < 2 * r.heartbeat)
              faults.add("expire", "at least twice 'heartbeat', so that one that comes late is not gone");
          });
  return s;
}

const Schema& CacheMemory::schema() {
  static const Schema s =
      describe<CacheMemory>("What `cache` policies may keep in memory, all of them together.")
          .member("size", &CacheMemory::size,
                  "Of everything that is kept, with what it takes to find it again. Cannot change in a "
                  "reload.",
                  range(mebibytes(1), Size{std::uint64_t{1} << 44}))
          .member("max_entry", &CacheMemory::max_entry, "The longest body that is stored.",
                  at_least(kibibytes(1)))
          .check([](const CacheMemory& c, Faults& faults) {
            if (c.max_entry.bytes > c.size.bytes / 2)
              faults.add("max_entry", "at most half of 'size', which is " + Scalar<Size>::print(c.size));
          });
  return s;
}

const Schema& Log::schema() {
  static const Schema s = describe<Log>("The process's own log, on standard error.")
                              .member("level", &Log::level, "The least important lines that are written.");
  return s;
}

const Schema& AccessLog::schema() {
  static const Schema s =
      describe<AccessLog>("One line for each request.")
          .member("format", &AccessLog::format, "How a line is written.")
          .member("path", &AccessLog::path,
                  "The file that lines are appended to; `stdout` is the standard output.")
          .member("sample", &AccessLog::sample, "The share of requests that are written, from 0 to 1.",
                  range(0.0, 1.0))
          .member("query", &AccessLog::query, "Whether the query is written along with the path.");
  return s;
}

const Schema& RequestId::schema() {
  static const Schema s = describe<RequestId>("The id that a request has in logs, answers and upstream.")
                              .member("header", &RequestId::header,
                                      "The field that carries it; believed from trusted proxies only.")
                              .check([](const RequestId& r, Faults& faults) {
                                if (!is_token(r.header))
                                  faults.add("header", "'" + r.header + "' is no field name");
                              });
  return s;
}

const Schema& Explain::schema() {
  static const Schema s =
      describe<Explain>("What each filter decided, told in the answer to those who may ask.")
          .member("header", &Explain::header,
                  "The field that asks, with the value `1`, and that the answer has. It is never sent on.")
          .member("from", &Explain::from,
                  "Whose requests may ask: the address of the connection's other end, never one that a field "
                  "claims.",
                  required)
          .check([](const Explain& e, Faults& faults) {
            if (!is_token(e.header)) faults.add("header", "'" + e.header + "' is no field name");
          });
  return s;
}

const Schema& Telemetry::schema() {
  static const Schema s =
      describe<Telemetry>("What is written about the traffic.")
          .member("log", &Telemetry::log, "The process's own log.")
          .member("access_log", &Telemetry::access_log, "One line for each request; on unless it is `off`.")
          .member("request_id", &Telemetry::request_id, "The id that a request has.")
          .member("explain", &Telemetry::explain,
                  "Whether an answer tells what each filter decided and how long that took; nobody is told "
                  "unless this is there.");
  return s;
}

}  // namespace sluice::config
