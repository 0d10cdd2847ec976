// What the commands do that need a configuration. Each gives the process's exit code.
#pragma once
#include <string>

#include "server/explain.hpp"

namespace sluice::cli {

// The file that was asked for, else $SLUICE_CONFIG, else ./sluice.yaml, else /etc/sluice/sluice.yaml.
std::string find_configuration(const std::string& asked);

int run_gateway(const std::string& file, bool watch);
int check(const std::string& file);
int explain(const std::string& file, const server::ExplainedRequest& request);
int schema();

}  // namespace sluice::cli
