#include "server/outcome.hpp"

#include <cerrno>
#include <system_error>

namespace sluice::server {

Failure system_failure(std::string what, int error) {
  return {std::move(what) + ": " + std::generic_category().message(error)};
}

Failure system_failure(std::string what) {
  return system_failure(std::move(what), errno);
}

}  // namespace sluice::server
