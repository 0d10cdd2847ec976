// Where endpoints are found that the configuration does not list, and the file that can list them beside it.
// The initialisers are the defaults; what they mean stands in the schema (docs/configuration.md).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/address.hpp"
#include "config/problem.hpp"
#include "config/source.hpp"
#include "sluice/config.hpp"

namespace sluice::config {

struct Endpoint {
  EndpointUrl url;
  std::uint32_t weight = 1;
  std::string zone;        // empty: nobody's
  std::uint32_t tier = 0;  // the lowest that has anybody serves
  static const Schema& schema();
  bool operator==(const Endpoint&) const = default;
};

// Exactly one of `dns`, `srv` and `file`.
struct Discover {
  std::optional<std::string> dns;
  std::optional<std::uint16_t> port;  // always there with `dns`
  std::optional<std::string> srv;
  std::optional<std::filesystem::path> file;
  OneOrMany<Address> server;        // whom `dns` and `srv` ask; empty: the system's
  std::optional<Duration> refresh;  // absent: as long as the answer says itself
  static const Schema& schema();
};

// What a file of `discover` has, in the spelling of `endpoints:` in the configuration.
struct EndpointFile {
  std::vector<Endpoint> endpoints;  // empty exactly where there are errors
  std::vector<Problem> errors;      // in the order of the text
};

EndpointFile load_endpoints(const std::filesystem::path& path, FileReader& files = disk_files());

}  // namespace sluice::config
