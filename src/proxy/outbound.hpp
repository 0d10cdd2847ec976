// What the gateway says of a request, and of itself, to the upstream: Via, X-Forwarded-For, -Proto and -Host,
// Forwarded. Once for each exchange, after believe() has left only what is true.
#pragma once
#include "http/h1_writer.hpp"
#include "http/target.hpp"
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

void announce(Exchange& x, config::ForwardedKind believed);

// "for=192.0.2.1;host=a.example;proto=https" (RFC 7239 §4), in the arena: what our peer asked of us.
std::string_view forwarded_element(const Exchange& x);

// The head of the request as it is sent; whoever knows the endpoint adds the host. Borrows from the exchange.
http::RequestHead head_of(const Exchange& x, const http::SplitTarget& target,
                          http::Framing::Body body) noexcept;

}  // namespace sluice::proxy
