// The settings of an admin endpoint.
#pragma once
#include "config/config.hpp"

namespace sluice::server::testing {

inline config::Admin admin(const std::string& bind = "127.0.0.1:9901",
                           std::optional<std::string> token = std::nullopt) {
  config::Admin a;
  a.bind = Scalar<config::Address>::parse(bind).value();
  a.token = std::move(token);
  return a;
}

}  // namespace sluice::server::testing
