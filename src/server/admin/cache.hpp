// POST /cache/purge: what is stored is forgotten, or with "soft" marked stale.
//
//   {"url": "https://api.example.com/news"}           all forms of it, of whatever policy
//   {"prefix": "https://api.example.com/news/"}       everything below; "" is everything there is
//   {"tag": "news", "soft": true}                     what its origin gave that Surrogate-Key or Cache-Tag
//   ->  {"purged": 12}
//
// Once it is answered nothing of it is given by this process. Replicas that share a Redis follow within a
// second: {"purged": 12, "replicas": {"told": true}}.
#pragma once
#include "server/admin/limits.hpp"
#include "server/admin/reply.hpp"
#include "server/standing.hpp"

namespace sluice::server {

AdminReply purge_cache(const Published& published, const OnWorker& on_worker, const AdminRequest& request);

// What is kept, for /status. Null: nothing is.
Json cache_document(const Published& published);

}  // namespace sluice::server
