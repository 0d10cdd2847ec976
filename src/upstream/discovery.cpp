#include "upstream/discovery.hpp"

#include <algorithm>

namespace sluice::upstream {

bool Discovery::take(const Result<Addresses>& answer) {
  if (!answer || answer->empty()) {
    ++failures_;
    cause_ = answer ? "dns_empty" : answer.error().cause;
    return false;
  }
  failures_ = 0;
  cause_ = "";
  // Servers rotate their answers; the order says nothing.
  auto addresses = *answer;
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  if (addresses == addresses_) return false;
  addresses_ = std::move(addresses);
  return true;
}

}  // namespace sluice::upstream
