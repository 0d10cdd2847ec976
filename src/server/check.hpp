// `sluice check`: everything that can be wrong with a configuration, without opening a socket.
#pragma once
#include <string>
#include <vector>

namespace sluice::server {

struct CheckReport {
  std::vector<std::string> errors, warnings;
};

CheckReport check(const std::string& file);

}  // namespace sluice::server
