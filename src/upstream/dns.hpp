// Dns: questions to name servers, by c-ares on a worker's loop: no thread waits, any number of questions is
// under way at once, and destroying the task withdraws one.
//
//   Dns dns(reactor);
//   auto asking = dns.services("_http._tcp.orders.internal", {});
//   auto found = co_await asking;
//
// Without `servers` those of /etc/resolv.conf are asked, with its search list, after /etc/hosts; both are
// read anew for each question. Other modules of nsswitch.conf (mDNS, LDAP) are not used.
#pragma once
#include <span>

#include "upstream/lookup.hpp"

namespace sluice::upstream {

class Dns final : public NameService {
 public:
  explicit Dns(net::Reactor& reactor) noexcept : reactor_(reactor) {}

  Task<Result<DnsAnswer<IpAddress>>> addresses(std::string host, Servers servers) override;
  Task<Result<DnsAnswer<Service>>> services(std::string name, Servers servers) override;

 private:
  net::Reactor& reactor_;
};

// The records of an answer to a question for a service. Those of a host that is no host name are left out.
Result<DnsAnswer<Service>> services_of(std::span<const unsigned char> message);

}  // namespace sluice::upstream
