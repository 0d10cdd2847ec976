// One health check of an endpoint.
//
//   auto checking = check(reactor, *endpoint, settings, dialler);
//   std::string fault = co_await checking;        // empty: passed; else why not, for people
#pragma once
#include <memory>
#include <string>

#include "upstream/dial.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/health_checker.hpp"

namespace sluice::upstream {

// A connection of its own, never one of a pool. Of the type `http`: GET, and the status is looked at; the
// body is not waited for. Of the type `tcp`: that somebody accepts, without TLS. All within `health.timeout`.
Task<std::string> check(net::Reactor& reactor, Endpoint& endpoint,
                        std::shared_ptr<const CheckSettings> settings, const Dialler& dialler);

}  // namespace sluice::upstream
