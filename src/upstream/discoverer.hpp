// Discoverer: keeps an upstream's set of endpoints as DNS or a file has it. On worker 0.
//
//   Discoverer discoverer(reactor, service, names, [&] { ... });
//   discoverer.follow(upstream);          // publish: looks at once, then again and again
//   discoverer.take(finding);             // a file: whoever watches it brings what it says
//
// A set with new host names is used once each of them was looked up, so that growing and changing never means
// a moment in which nobody can be reached.
#pragma once
#include "upstream/host_names.hpp"
#include "upstream/upstream.hpp"

namespace sluice::upstream {

HostNames::Hosts hosts_of(const EndpointSet& set);

class Discoverer {
 public:
  // Called when the upstream has a new set.
  using Renewed = std::function<void()>;

  Discoverer(net::Reactor& reactor, NameService& service, HostNames& names, Renewed renewed);
  Discoverer(const Discoverer&) = delete;

  // What goes on under the same settings is not disturbed.
  void follow(std::shared_ptr<Upstream> upstream);
  void take(Finding finding);

 private:
  Task<Unit> look();
  Task<Unit> accept(Finding finding);
  bool reachable(const config::Endpoint& endpoint) const;

  net::Reactor& reactor_;
  NameService& service_;
  HostNames& names_;
  const Renewed renewed_;
  std::shared_ptr<Upstream> upstream_;
  Scope running_;
};

}  // namespace sluice::upstream
