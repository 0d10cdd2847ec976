// What would become of a request, without sending it: which route matches and why, what stands in its chain,
// where it would go.
//
//   auto text = explain(*config, filter_kinds(), {"GET", "https://api.example.com/v1/users/42", {"X-V: 2"}});
//   if (!text) bad_usage(text.failure());
#pragma once
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "server/filters.hpp"
#include "server/outcome.hpp"

namespace sluice::server {

struct ExplainedRequest {
  std::string method;
  std::string url;                   // "https://host[:port]/path?query", or a path
  std::vector<std::string> headers;  // "Name: value"
};

Outcome<std::string> explain(const config::Config& config, std::span<const FilterKind> filters,
                             const ExplainedRequest& request);

// The listener that a URL would reach: by its port, else the first one of its scheme
// that does not redirect, else the first.
std::string listener_for(const config::Config& config, bool tls, std::uint16_t port);

}  // namespace sluice::server
