// A DNS that answers what a test says, at once or when it is told to.
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "sluice/waiter.hpp"
#include "upstream/lookup.hpp"

namespace sluice::upstream::testing {

class PuppetNames final : public NameService {
 public:
  std::vector<std::string> asked;  // in order
  std::vector<Servers> servers;    // of each question
  Duration ttl{};                  // of all answers

  void resolve(const std::string& host, std::initializer_list<const char*> addresses) {
    Addresses all;
    for (auto a : addresses) all.push_back(*IpAddress::parse(a));
    hosts_.insert_or_assign(host, std::move(all));
  }
  void serve(const std::string& name, std::vector<Service> services) {
    services_.insert_or_assign(name, std::move(services));
  }
  void fail(const std::string& name) {
    hosts_.erase(name);
    services_.erase(name);
    failing_ = true;
  }
  // Questions for it wait until release().
  void hold(const std::string& name) { held_[name]; }
  void release(const std::string& name) {
    auto waiting = held_.extract(name);
    if (waiting) waiting.mapped()(Unit{});
  }

  Task<Result<DnsAnswer<IpAddress>>> addresses(std::string host, Servers of) override {
    return answer(hosts_, std::move(host), std::move(of));
  }
  Task<Result<DnsAnswer<Service>>> services(std::string name, Servers of) override {
    return answer(services_, std::move(name), std::move(of));
  }

 private:
  template <class T>
  Task<Result<DnsAnswer<T>>> answer(std::map<std::string, std::vector<T>>& from, std::string name,
                                    Servers of) {
    asked.push_back(name);
    servers.push_back(std::move(of));
    if (auto held = held_.find(name); held != held_.end()) {
      Waiter<Unit> waiter;
      held->second = waiter.resolver();
      (void)co_await waiter;
    }
    auto known = from.find(name);
    if (known == from.end())
      co_return Error(Error::Kind::unavailable, Error::Side::upstream,
                      failing_ ? "dns_failed" : "dns_not_found");
    DnsAnswer<T> found;
    found.items = known->second;
    found.ttl = ttl;
    co_return found;
  }

  std::map<std::string, Addresses> hosts_;
  std::map<std::string, std::vector<Service>> services_;
  std::map<std::string, Resolver<Unit>> held_;
  bool failing_ = false;
};

}  // namespace sluice::upstream::testing
