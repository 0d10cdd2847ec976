// PUT /routes/{name}/weights: how a route divides its callers, from the next request on, without a reload.
//
//   {"orders": 0, "orders-next": 100}  ->  {"orders": 95, "orders-next": 5}
//
// The answer is the weights that stood before, in the form of a request: sent back, it takes the change back.
// The change stands until the file itself gives the route other weights, or the process ends.
#pragma once
#include "server/admin/reply.hpp"
#include "server/standing.hpp"

namespace sluice::server {

AdminReply set_weights(const Published& published, const AdminRequest& request, const std::string& route);

}  // namespace sluice::server
