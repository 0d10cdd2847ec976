#include "upstream/lookup.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>

#include "sluice/waiter.hpp"

namespace sluice::upstream {
namespace {

using boost::asio::ip::tcp;
using Answers = tcp::resolver::results_type;

Error failed(boost::system::error_code ec) noexcept {
  namespace netdb = boost::asio::error;
  const char* cause = "dns_failed";
  if (ec == netdb::host_not_found || ec == netdb::no_data) cause = "dns_not_found";
  if (ec == netdb::host_not_found_try_again) cause = "dns_try_again";
  return Error(Error::Kind::unavailable, Error::Side::upstream, cause, Error::Retry::always);
}

IpAddress address_of(const boost::asio::ip::address& a) noexcept {
  if (a.is_v4()) return IpAddress::v4(a.to_v4().to_uint());
  return IpAddress::v6(a.to_v6().to_bytes());
}

Addresses sorted(const Answers& answers) {
  Addresses addresses;
  for (auto& a : answers) addresses.push_back(address_of(a.endpoint().address()));
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

Task<Result<Addresses>> resolve(net::Reactor& reactor, std::string host) {
  tcp::resolver resolver(reactor.context());
  Waiter<Addresses> waiter;
  resolver.async_resolve(
      host, "",
      [&reactor, answer = waiter.resolver()](boost::system::error_code ec, Answers answers) mutable {
        if (ec)
          answer(failed(ec));
        else
          answer(sorted(answers));
      });
  co_return co_await waiter;
}

}  // namespace

Lookup system_lookup(net::Reactor& reactor) {
  return [&reactor](std::string host) { return resolve(reactor, std::move(host)); };
}

}  // namespace sluice::upstream
