#include "upstream/least_request.hpp"

namespace sluice::upstream {

std::size_t LeastRequest::pick(const Walk& walk) noexcept {
  auto first = draw(random_, walk);
  if (first == nobody) return nobody;
  auto second = draw(random_, walk, first);
  return second != nobody && busier(first, second) ? second : first;
}

bool LeastRequest::busier(std::size_t a, std::size_t b) const noexcept {
  auto& x = set().members()[a];
  auto& y = set().members()[b];
  return x.endpoint->local(worker()).in_flight.value() * y.weight >
         y.endpoint->local(worker()).in_flight.value() * x.weight;
}

}  // namespace sluice::upstream
