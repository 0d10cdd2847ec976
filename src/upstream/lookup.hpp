// What is asked of DNS, and whoever answers. An interface, so that tests answer by themselves.
//
//   auto asking = names.addresses("orders.internal", {});
//   auto found = co_await asking;              // unavailable: "dns_not_found", "dns_no_answer" ...
//   if (found) use(found->items, found->ttl);
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "net/reactor.hpp"
#include "sluice/ip.hpp"
#include "sluice/task.hpp"

namespace sluice::upstream {

using Addresses = std::vector<IpAddress>;

// A record of a service (SRV, RFC 2782).
struct Service {
  std::string host;  // lower case
  std::uint16_t port = 0;
  std::uint16_t priority = 0;  // the lowest is asked first
  std::uint16_t weight = 0;    // among those of its priority
  bool operator==(const Service&) const = default;
};

template <class T>
struct DnsAnswer {
  std::vector<T> items;
  Duration ttl{};  // the shortest; zero: the answer does not say
};

// Errors are unavailable: "dns_not_found" (no such name), "dns_empty" (it has no such record),
// "dns_no_answer" (no server is there, knows, or says so in time), "dns_failed".
class NameService {
 public:
  using Servers = std::vector<config::Address>;  // empty: the system's

  virtual ~NameService() = default;
  // A and AAAA, sorted, each once; never empty.
  virtual Task<Result<DnsAnswer<IpAddress>>> addresses(std::string host, Servers servers) = 0;
  // In the answer's order; never empty.
  virtual Task<Result<DnsAnswer<Service>>> services(std::string name, Servers servers) = 0;
};

// The addresses of a host name, for who needs no more.
using Lookup = std::function<Task<Result<Addresses>>(std::string host)>;
Lookup system_lookup(net::Reactor& reactor);

}  // namespace sluice::upstream
