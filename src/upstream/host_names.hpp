// HostNames: the addresses of an upstream's host names, each looked up again and again. On one worker.
//
//   HostNames names(reactor, "orders", service, servers, [&](auto& host, auto& addresses) { ... });
//   names.follow({"a.internal", "b.internal"});     // from here on these; what is known stays known
//   auto settling = names.settle();
//   co_await settling;                              // each has been asked for once
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sluice/scope.hpp"
#include "sluice/waiter.hpp"
#include "upstream/last_good.hpp"
#include "upstream/lookup.hpp"

namespace sluice::upstream {

class HostNames {
 public:
  using Hosts = std::set<std::string>;
  // A host has other addresses than before, or its first.
  using Changed = std::function<void(const std::string& host, const Addresses& addresses)>;

  HostNames(net::Reactor& reactor, std::string upstream, NameService& service, NameService::Servers servers,
            Changed changed);
  HostNames(const HostNames&) = delete;
  ~HostNames();

  const NameService::Servers& servers() const noexcept { return servers_; }
  void follow(const Hosts& hosts);
  // Null: it has none, or is not followed.
  const Addresses* addresses(const std::string& host) const;
  // One at a time may wait.
  Task<Result<Unit>> settle();

 private:
  struct Name;
  Task<Unit> look_up(Name& name);
  void tell(const Name& name, std::uint32_t failures_before) const;

  net::Reactor& reactor_;
  const std::string upstream_;
  NameService& service_;
  const NameService::Servers servers_;
  const Changed changed_;
  std::map<std::string, std::unique_ptr<Name>> names_;
  Resolver<Unit> bell_;
};

}  // namespace sluice::upstream
