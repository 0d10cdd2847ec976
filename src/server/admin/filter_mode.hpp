// PUT /policies/{name}/mode: a filter is enforced, shadowed or off from the next request on, without a
// reload.
//
//   {"mode": "shadow"}  ->  {"policy": "login", "before": "enforce", "mode": "shadow"}
//
// The change stands until the file itself gives the filter another mode, or the process ends. Opening what an
// identity or permission filter guards needs the token, also on loopback.
#pragma once
#include "server/admin/guard.hpp"
#include "server/admin/reply.hpp"
#include "server/standing.hpp"

namespace sluice::server {

AdminReply switch_mode(const Published& published, const AdminGuard& guard, const AdminRequest& request,
                       const std::string& name);

// Of all filters in force: by name, with kind, phase, configured and actual mode.
Json filters_document(const Published& published);

}  // namespace sluice::server
