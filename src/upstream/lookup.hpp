// Lookup: the addresses of a host name. A function, so that tests answer by themselves.
//
//   Lookup lookup = system_lookup(reactor);
//   auto looking = lookup("orders.internal");
//   Result<Addresses> addresses = co_await looking;     // unavailable: "dns_not_found", "dns_failed" ...
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "net/reactor.hpp"
#include "sluice/ip.hpp"
#include "sluice/task.hpp"

namespace sluice::upstream {

using Addresses = std::vector<IpAddress>;
using Lookup = std::function<Task<Result<Addresses>>(std::string host)>;

// A and AAAA as the system resolves them (getaddrinfo on a thread of Asio's), sorted, each once.
Lookup system_lookup(net::Reactor& reactor);

}  // namespace sluice::upstream
