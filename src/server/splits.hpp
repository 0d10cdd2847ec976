// The weights of each route that divides its callers, changed at run time without a new snapshot. They
// outlive snapshots; what was set stays until the configuration's own weights of that route change.
//
//   auto weights = splits.weights("orders", {{"orders", 95}, {"orders-next", 5}}, workers);    // a build
//   splits.follow(built.splits);                  // the configuration is in force
//   auto before = split.weights->exchange(...);   // the admin endpoint
//
// The control thread alone calls it; the weights are anybody's.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/weights.hpp"

namespace sluice::server {

// One route of a configuration that has several upstreams.
struct SplitRoute {
  std::string name;
  std::shared_ptr<proxy::Weights> weights;
};

class Splits {
 public:
  // Those in force where the file says the same as it did, otherwise new ones: nothing that is running
  // changes.
  std::shared_ptr<proxy::Weights> weights(const std::string& route, const proxy::Weights::Table& configured,
                                          unsigned workers) const;

  // The routes of the configuration that is in force from now on; the others are forgotten.
  void follow(const std::vector<SplitRoute>& routes);

 private:
  std::map<std::string, std::shared_ptr<proxy::Weights>> kept_;  // in force
};

}  // namespace sluice::server
