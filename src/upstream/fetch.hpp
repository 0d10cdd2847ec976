// HttpFetcher: requests that the gateway makes for itself, on one worker.
//
//   HttpFetcher fetcher(reactor, system_lookup(reactor));
//   auto fetching = fetcher.fetch(fetch);
//   auto answer = co_await fetching;
//
// One GET on a connection of its own: look-up, one address after the other until one accepts, TLS with the
// host's name proven, the answer whole. Its errors, all of Side::upstream but the first two:
//   malformed    "url_invalid"; refused "insecure_url": http where the fetch is not `insecure`
//   unavailable  "dns_not_found" and the like (lookup.hpp), "ca_unreadable"
//   refused, timeout, reset, malformed "tls_failed: ..."            as dial.hpp has them
//   timeout      "fetch_timeout": all of it took longer than the fetch allows
//   too_large    "body_too_large"
//   malformed, closed, reset                                        as net/http1/client.hpp has them
#pragma once
#include "sluice/fetch.hpp"
#include "upstream/authorities.hpp"
#include "upstream/dial.hpp"
#include "upstream/lookup.hpp"

namespace sluice::upstream {

class HttpFetcher final : public Fetcher {
 public:
  HttpFetcher(net::Reactor& reactor, Lookup lookup, Dialler dialler = dial);

  // Must be destroyed before the fetcher.
  Task<Result<Fetched>> fetch(Fetch fetch) override;

 private:
  Task<Result<Fetched>> attempt(const Fetch& fetch, TimePoint deadline);
  Task<Result<Addresses>> addresses(std::string host);
  Task<Dialled> connect(const config::EndpointUrl& server, std::shared_ptr<net::TlsEndpoint> tls,
                        TimePoint deadline);

  net::Reactor& reactor_;
  Lookup lookup_;
  Dialler dialler_;
  Authorities authorities_;
};

}  // namespace sluice::upstream
