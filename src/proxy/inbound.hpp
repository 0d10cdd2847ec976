// What is believed of a request: who the client is, which scheme and id it has, and which fields are lies.
//
//   believe(exchange, policy, snapshot.request_id_header, ids, wall);
//
// Afterwards exchange.client is the rightmost address that is not trusted, and X-Forwarded-* and Forwarded
// among the request's fields are what a trusted proxy wrote, or absent. Names compare with '_' equal to '-':
// many frameworks cannot tell them apart.
#pragma once
#include <string_view>

#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"
#include "telemetry/request_id.hpp"

namespace sluice::proxy {

void believe(Exchange& x, const ListenerPolicy& policy, const FieldName& id_header,
             telemetry::RequestIds& ids, WallPoint now);

// The field is one that only a proxy in front of us may set: X-Forwarded-*, Forwarded, X-Real-IP,
// X-Original-URL, X-Rewrite-URL, Client-Cert, Client-Cert-Chain.
bool only_from_proxies(const Field& field) noexcept;

// One of our own kind stands in Via: the request has been here.
bool has_been_here(const Fields& fields) noexcept;

}  // namespace sluice::proxy
