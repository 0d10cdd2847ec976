// GET /status: what is being served, in JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "server/standing.hpp"

namespace sluice::server {

struct ProcessFacts {
  WallPoint started;
  unsigned workers = 0;
};

nlohmann::ordered_json status_document(const Standing& standing, const ProcessFacts& facts, WallPoint now);

nlohmann::ordered_json reload_document(const ReloadReport& report);

}  // namespace sluice::server
