// The configuration as values: what the file says, with every default filled in and every name checked. It is
// immutable once loaded; all that is built from it borrows nothing from here longer than the build takes.
//
//   Loaded loaded = load("sluice.yaml", filter_schemas);       // config/load.hpp
//   for (auto& [name, route] : loaded.config->routes) build(name, route);
//
// The initialisers are the defaults; the meaning of each member is its sentence in the schema
// (docs/configuration.md), repeated here only where code has to know more.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/attempts.hpp"
#include "config/cipher_key.hpp"
#include "config/discover.hpp"
#include "config/path_pattern.hpp"
#include "config/redis_url.hpp"
#include "config/releases.hpp"
#include "config/resilience.hpp"
#include "config/values.hpp"
#include "sluice/config.hpp"
#include "sluice/ip.hpp"
#include "sluice/variable.hpp"

namespace sluice::config {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

enum class Mode : std::uint8_t { enforce, shadow, off };
constexpr auto names_of(Mode) {
  return std::array{"enforce"sv, "shadow"sv, "off"sv};
}
enum class OnError : std::uint8_t { refuse, pass };
constexpr auto names_of(OnError) {
  return std::array{"refuse"sv, "pass"sv};
}

// One filter with its settings.
struct FilterSettings {
  std::string kind;
  Mode mode = Mode::enforce;
  OnError on_error = OnError::refuse;
  bool optional = false;
  std::shared_ptr<const void> settings;  // of the struct whose schema the table gives for `kind`
  static const Schema& schema();         // of what all filters have in common
};

// In the order of the file.
struct Filters : std::vector<FilterSettings> {
  static Shape shape() { return FiltersShape{false}; }
};
// Exactly one.
struct Policy : Filters {
  const FilterSettings& filter() const noexcept { return front(); }
  static Shape shape() { return FiltersShape{true}; }
};

enum class ProxyProtocol : std::uint8_t { off, v1, v2, any };
constexpr auto names_of(ProxyProtocol) {
  return std::array{"off"sv, "v1"sv, "v2"sv, "any"sv};
}
enum class ForwardedKind : std::uint8_t { x, rfc7239 };
constexpr auto names_of(ForwardedKind) {
  return std::array{"x"sv, "rfc7239"sv};
}
enum class TlsVersion : std::uint8_t { v1_2, v1_3 };
constexpr auto names_of(TlsVersion) {
  return std::array{"1.2"sv, "1.3"sv};
}
enum class ClientAuth : std::uint8_t { require, optional };
constexpr auto names_of(ClientAuth) {
  return std::array{"require"sv, "optional"sv};
}

struct Certificate {
  std::filesystem::path cert;  // PEM, the leaf first
  std::filesystem::path key;   // PEM
  static const Schema& schema();
};

struct ListenerTls {
  Or<"self-signed", std::vector<Certificate>> certificates;  // empty: made in memory at start
  TlsVersion min_version = TlsVersion::v1_2;
  std::optional<std::filesystem::path> client_ca;
  ClientAuth client_auth = ClientAuth::require;  // means something only with client_ca
  std::vector<std::filesystem::path> ticket_keys;
  static const Schema& schema();
};

struct ListenerLimits {
  Size head = kibibytes(32);
  Size target = kibibytes(8);
  std::uint32_t fields = 100;
  OrOff<std::uint32_t> connections = 20000;
  OrOff<std::uint32_t> connections_per_ip = 1000;
  OrOff<std::uint32_t> requests_per_connection;
  static const Schema& schema();
};

struct ListenerTimeouts {
  Duration head = 10s;
  Duration body = 30s;
  OrOff<ByteRate> body_rate = ByteRate{kibibytes(1), 1s};
  Duration idle = 75s;
  Duration write = 30s;
  static const Schema& schema();
};

struct Listener {
  OneOrMany<Address> bind;
  std::uint32_t backlog = 4096;
  ProxyProtocol proxy_protocol = ProxyProtocol::off;
  std::vector<Cidr> trusted_proxies;
  ForwardedKind forwarded = ForwardedKind::x;
  std::optional<ListenerTls> tls;
  ListenerLimits limits;
  ListenerTimeouts timeouts;
  OrOff<std::uint16_t> redirect_https;  // the port that the redirect names
  static const Schema& schema();
};

struct Drain {
  Duration accept = 1s;
  Duration finish = 30s;
  static const Schema& schema();
};

struct Paths {
  bool merge_slashes = true;
  static const Schema& schema();
};

struct Admin {
  Address bind;
  std::optional<std::string> token;
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "[::1]"};
  static const Schema& schema();
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };
constexpr auto names_of(LogLevel) {
  return std::array{"debug"sv, "info"sv, "warn"sv, "error"sv};
}
enum class AccessLogFormat : std::uint8_t { json };
constexpr auto names_of(AccessLogFormat) {
  return std::array{"json"sv};
}

struct Log {
  LogLevel level = LogLevel::info;
  static const Schema& schema();
};

struct AccessLog {
  AccessLogFormat format = AccessLogFormat::json;
  Or<"stdout", std::filesystem::path> path;
  double sample = 1.0;  // 0 to 1
  bool query = false;
  static const Schema& schema();
};

struct RequestId {
  std::string header = "X-Request-ID";
  static const Schema& schema();
};

struct Explain {
  std::string header = "X-Sluice-Explain";
  std::vector<Cidr> from;
  static const Schema& schema();
};

struct Telemetry {
  Log log;
  OrOff<AccessLog> access_log = AccessLog{};
  RequestId request_id;
  OrOff<Explain> explain;
  static const Schema& schema();
};

struct UpstreamTls {
  std::optional<std::filesystem::path> ca;  // absent: the system's
  std::optional<std::string> server_name;   // absent: the endpoint's host
  std::optional<std::filesystem::path> cert;
  std::optional<std::filesystem::path> key;
  bool verify = true;
  static const Schema& schema();
};

enum class Balance : std::uint8_t { round_robin, least_request, peak_ewma, random, consistent_hash };
constexpr auto names_of(Balance) {
  return std::array{"round_robin"sv, "least_request"sv, "peak_ewma"sv, "random"sv, "consistent_hash"sv};
}
enum class HealthType : std::uint8_t { http, tcp };
constexpr auto names_of(HealthType) {
  return std::array{"http"sv, "tcp"sv};
}

struct ConsistentHash {
  Variable key;
  OrOff<Percent> max_load = Percent{1.25};  // of an even share of the requests in flight
  static const Schema& schema();
};

// The policy's name, or the map that only consistent_hash has. policy() is what it comes to.
struct Balancing {
  std::optional<Balance> name;
  std::optional<ConsistentHash> consistent_hash;

  Balancing() = default;
  Balancing(Balance b) noexcept : name(b) {}
  Balance policy() const noexcept {
    return consistent_hash ? Balance::consistent_hash : name.value_or(Balance::least_request);
  }
  static const Schema& schema();
};

struct Sticky {
  std::string cookie = "sluice";
  std::string secret;
  Duration ttl = 1h;
  static const Schema& schema();
};

struct Zones {
  std::string local;  // empty: nobody is near, and zones mean nothing
  Percent spill_below = Percent{0.7};
  static const Schema& schema();
};

struct Health {
  HealthType type = HealthType::http;
  std::string path = "/";
  std::optional<std::uint16_t> port;  // absent: the endpoint's
  Duration interval = 5s;
  Duration timeout = 1s;
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
  StatusRange expect;
  static const Schema& schema();
};

struct Pool {
  std::uint32_t max_idle = 64;  // for each worker
  Duration idle_timeout = 30s;
  OrOff<std::uint32_t> max_connections = 1024;  // to each endpoint, one for the process
  static const Schema& schema();
};

// Either `endpoints` or `discover`. What DNS finds speaks https where `tls` is there, else http.
struct Upstream {
  std::vector<Endpoint> endpoints;
  std::optional<Discover> discover;
  HostPolicy host;
  std::optional<UpstreamTls> tls;
  Balancing balance;
  std::optional<Sticky> sticky;
  OrOff<Duration> slow_start;
  std::optional<Zones> zones;
  OrOff<Health> health;
  OrOff<Outlier> outlier;
  OrOff<Breaker> breaker;
  Pool pool;
  Duration connect_timeout = 1s;
  static const Schema& schema();
};

// One of the two.
struct ValueMatch {
  std::optional<std::string> exact;
  std::optional<std::string> regex;  // RE2, anchored at both ends
  static const Schema& schema();
};

struct Match {
  std::optional<std::string> host;  // lower case: "api.example.com", or "*.example.com" for any name below it
  std::optional<std::string> path;  // as written; `pattern` is what it means
  std::optional<std::string> path_regex;      // RE2, anchored at both ends
  std::vector<std::string> methods;           // empty: all; GET includes HEAD
  std::map<std::string, ValueMatch> headers;  // by name, lower case
  std::map<std::string, ValueMatch> query;    // by key
  PathPattern pattern;                        // of `path`; "/**" where neither is written
  static const Schema& schema();
};

// An upstream, or one for methods that only read (RFC 9110 §9.2.1) and one for all others.
struct Target {
  std::string upstream;  // empty: `read` and `write` are there
  std::uint32_t weight = 1;
  std::optional<std::string> read, write;
  static const Schema& schema();
};

struct Respond {
  std::uint16_t status = 200;
  std::string body;
  std::map<std::string, std::string> headers;
  static const Schema& schema();
};

struct Redirect {
  Template to;
  std::uint16_t status = 308;
  static const Schema& schema();
};

struct RouteTimeouts {
  OrOff<Duration> idle = 60s;
  OrOff<Duration> total;
  OrOff<Duration> tunnel = 1h;
  static const Schema& schema();
};

// What the principal must have: the settings of a filter of the kind `require`; empty: nothing.
struct Requirement : Filters {
  static constexpr std::string_view kind = "require";
  static Shape shape() { return FiltersShape{true, kind}; }
};

enum class Identity : std::uint8_t { all, any };
constexpr auto names_of(Identity) {
  return std::array{"all"sv, "any"sv};
}

// One of the two.
struct DegradeStep {
  std::optional<Relief> step;
  std::optional<Respond> respond;
  static const Schema& schema();
};

// Exactly one of `to`, `respond` and `redirect`.
struct Route {
  std::vector<std::string> listeners;  // empty: all
  Match match;
  std::int32_t priority = 0;
  Importance importance = Importance::normal;
  std::vector<DegradeStep> degrade;
  Identity identity = Identity::all;
  Requirement require;
  std::optional<std::vector<std::string>> use;  // as written; `policies` is what it means
  Filters filters;
  std::optional<Template> rewrite;
  std::optional<std::string> strip_prefix;
  std::optional<OrOff<Size>> max_body;     // always there once loaded: the route's, or that of `defaults`
  std::optional<Size> buffer;              // always there once loaded
  std::optional<OrOff<Duration>> timeout;  // always there once loaded
  RouteTimeouts timeouts;
  OrOff<DeadlineField> deadline;
  OrOff<Retry> retry;
  OrOff<Hedge> hedge;
  OrOff<Rehearsal> faults;
  OrOff<Mirror> mirror;
  std::optional<Split> split;  // absent: by its defaults, where `to` has several
  OneOrMany<Target> to;
  std::optional<Respond> respond;
  std::optional<Redirect> redirect;
  std::vector<std::string> policies;  // names in `Config::policies`, in the order of use
  static const Schema& schema();
};

struct Defaults {
  OrOff<Duration> timeout = 5s;
  OrOff<Size> max_body = mebibytes(1);
  std::vector<std::string> use;
  static const Schema& schema();
};

struct Redis {
  RedisUrl url;
  Duration timeout = 20ms;
  std::string prefix = "sluice:";
  Size max_entry = mebibytes(1);     // what is longer stays in memory
  OrOff<Duration> cut_off = 10s;     // how long memory is believed while purges may be missed
  std::optional<CipherKey> encrypt;  // what is stored, not buckets
  static const Schema& schema();
};

// Of all caches of the process together.
struct CacheMemory {
  Size size = mebibytes(256);
  Size max_entry = mebibytes(8);
  static const Schema& schema();
};

struct Replicas {
  Duration heartbeat = 1s;
  Duration expire = 5s;
  static const Schema& schema();
};

struct Config {
  std::uint32_t version = 1;
  OneOrMany<std::string> include;  // patterns of further files, already taken in
  Or<"auto", std::uint32_t> workers;
  std::optional<std::string> user;
  Drain drain;
  Paths paths;
  std::map<std::string, Listener> listeners;
  std::optional<Admin> admin;
  std::optional<Redis> redis;
  Replicas replicas;
  CacheMemory cache_memory;
  OrOff<Overload> overload;
  Telemetry telemetry;
  std::map<std::string, Upstream> upstreams;
  std::map<std::string, Policy> policies;
  Defaults defaults;
  std::map<std::string, Route> routes;
  static const Schema& schema();

  std::vector<std::filesystem::path> files;  // everything that was read, for whoever watches for changes
  std::vector<std::string> secret_paths;     // sorted places in the document whose value came from a file
};

}  // namespace sluice::config
