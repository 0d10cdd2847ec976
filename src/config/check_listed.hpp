// What has to hold of a list of endpoints, wherever it is written.
#pragma once
#include <set>

#include "config/discover.hpp"

namespace sluice::config {

inline void check_listed(const std::vector<Endpoint>& endpoints, Faults& faults) {
  if (endpoints.empty()) faults.add("endpoints", "expected at least one endpoint");
  std::set<std::string> seen;
  for (auto& e : endpoints)
    if (auto url = e.url.to_string(); !seen.insert(url).second)
      faults.add("endpoints", "'" + url + "' is there twice");
}

}  // namespace sluice::config
