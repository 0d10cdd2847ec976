#include "server/splits.hpp"

namespace sluice::server {

std::shared_ptr<proxy::Weights> Splits::weights(const std::string& route,
                                                const proxy::Weights::Table& configured,
                                                unsigned workers) const {
  auto known = kept_.find(route);
  if (known != kept_.end() && known->second->configured() == configured) return known->second;
  return std::make_shared<proxy::Weights>(configured, workers);
}

void Splits::follow(const std::vector<SplitRoute>& routes) {
  kept_.clear();
  for (auto& route : routes) kept_.emplace(route.name, route.weights);
}

}  // namespace sluice::server
