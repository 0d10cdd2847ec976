// What the keys of `discover` and of an endpoint mean.
#include "config/config.hpp"
#include "sluice/ip.hpp"

namespace sluice::config {

const Schema& Endpoint::schema() {
  static const Schema s =
      describe<Endpoint>("One server of an upstream.")
          .member("url", &Endpoint::url, "http://host:port, https://host:port or unix:/path.", required)
          .member("weight", &Endpoint::weight, "Its share of the requests, next to the others' weights.",
                  range(1, 1000))
          .member("zone", &Endpoint::zone, "Where it stands. See `zones`.")
          .member(
              "tier", &Endpoint::tier,
              "Endpoints of the lowest tier that has an available one serve; the others wait for its end.",
              range(0, 9))
          .short_form("url");
  return s;
}

namespace {

void check_names(const Discover& d, Faults& faults) {
  if (d.dns && !is_host_name(*d.dns)) faults.add("dns", "'" + *d.dns + "' is no host name in lower case");
  // Its first word may begin with '_', as no host's does.
  if (d.srv && !is_host_name(d.srv->starts_with('_') ? d.srv->substr(1) : *d.srv))
    faults.add("srv", "'" + *d.srv + "' is no service such as _http._tcp.orders.internal, in lower case");
  for (auto& server : d.server)
    if (server.is_unix() || !IpAddress::parse(server.host))
      faults.add("server", "expected an IP address and a port, since nobody else can be asked for a name");
}

void check_belongings(const Discover& d, Faults& faults) {
  if (d.dns && !d.port) faults.add("dns", "needs 'port': an address has none");
  if (d.srv && d.port) faults.add("port", "a service names its ports itself");
  if (!d.file) return;
  if (d.port) faults.add("port", "the file has the ports");
  if (d.refresh) faults.add("refresh", "a file is watched");
  if (!d.server.empty()) faults.add("server", "a file is watched, nobody is asked");
}

}  // namespace

const Schema& Discover::schema() {
  static const Schema s =
      describe<Discover>("Endpoints that are found rather than listed.")
          .member("dns", &Discover::dns, "A host name, whose addresses (A and AAAA) are the endpoints.")
          .member("port", &Discover::port, "Their port. With `dns` alone.", range(1, 65535))
          .member("srv", &Discover::srv,
                  "A service (SRV), whose records say host, port, weight, and as their priority the tier.")
          .member("file", &Discover::file,
                  "A file, YAML or JSON, with a list `endpoints` as it stands here. It is watched.")
          .member("server", &Discover::server,
                  "The DNS servers that are asked, instead of those of the system.")
          .member("refresh", &Discover::refresh,
                  "How long an answer of DNS is used at most. Without it as long as it says itself (TTL), "
                  "from 1s to 5m; 5s where it does not say.",
                  at_least<Duration>(100ms))
          .exactly_one({"dns", "srv", "file"})
          .check(check_names)
          .check(check_belongings);
  return s;
}

}  // namespace sluice::config
