#include "upstream/lookup.hpp"

#include "upstream/dns.hpp"

namespace sluice::upstream {
namespace {

Task<Result<Addresses>> look_up(net::Reactor& reactor, std::string host) {
  Dns dns(reactor);
  auto asking = dns.addresses(std::move(host), {});
  auto found = co_await asking;
  if (!found) co_return found.error();
  co_return std::move(found->items);
}

}  // namespace

Lookup system_lookup(net::Reactor& reactor) {
  return [&reactor](std::string host) { return look_up(reactor, std::move(host)); };
}

}  // namespace sluice::upstream
