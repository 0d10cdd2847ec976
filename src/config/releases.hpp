// How a release is brought to its callers: which of a route's upstreams each of them is served by, and who is
// shown their requests besides. What the keys mean stands in the schema (docs/configuration.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "sluice/config.hpp"
#include "sluice/variable.hpp"

namespace sluice::config {

// By what callers are told apart, where a route has several upstreams.
struct Split {
  // Where a request names its side itself; the field goes before the cookie.
  struct Force {
    std::optional<std::string> header, cookie;
    static const Schema& schema();
  };

  OneOrMany<Variable> key = default_key();  // the first that is there; client.ip where none is
  std::optional<Force> force;
  static const Schema& schema();
  static OneOrMany<Variable> default_key();
};

struct Mirror {
  std::string to;
  Percent sample = Percent{1};
  Size max_body = kibibytes(64);
  OneOrMany<std::string> methods = {"GET", "HEAD", "OPTIONS"};
  bool credentials = false;
  std::uint32_t max = 100;  // in flight, of all workers
  static const Schema& schema();
};

}  // namespace sluice::config
