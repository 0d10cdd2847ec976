// Limits while they are in force.
//
//   GET    /limits/per-user/principal%3Dann   the key's buckets: what is left, when they are full
//   DELETE /limits/per-user/principal%3Dann   fills them
//   PATCH  /policies/per-user                 {"rate": "20/s"} or {"burst": 50}
//
// A change stands until the file itself has another value there, or the process ends.
#pragma once
#include <functional>

#include "server/admin/reply.hpp"
#include "server/standing.hpp"

namespace sluice::server {

// Has a worker run something; called on the admin thread.
using OnWorker = std::function<void(std::function<void(Worker&)>)>;

AdminReply look_at_limit(const Published& published, const OnWorker& on_worker, const std::string& policy,
                         const std::string& key);
AdminReply reset_limit(const Published& published, const OnWorker& on_worker, const std::string& policy,
                       const std::string& key);
AdminReply change_policy(const Published& published, const AdminRequest& request, const std::string& name);

// {"rate": "20/s"}: what was changed of a policy. Null where nothing was.
Json changes_of(const Adjustable& limit);

}  // namespace sluice::server
