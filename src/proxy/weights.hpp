// The weights of one route's upstreams, which may be replaced, all at once, while requests are divided by
// them. They outlive snapshots: what was set at run time stands until the file says something else.
//
//   auto weights = std::make_shared<Weights>(Weights::Table{{"orders", 95}, {"orders-next", 5}}, workers);
//   auto& now = weights->at(worker);                          // each request; in the order of the names
//   auto before = weights->exchange({{"orders", 0}, {"orders-next", 100}});     // the admin thread
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "sluice/published.hpp"

namespace sluice::proxy {

class Weights {
 public:
  using Table = std::map<std::string, std::uint32_t>;  // by upstream

  Weights(Table configured, unsigned workers);

  // The worker's own thread; valid until it asks again.
  const std::vector<std::uint32_t>& at(const Worker& worker) const { return *now_.get(worker); }

  // Any thread. `next` has the same upstreams; a request sees all of the old weights or all of the new.
  Table exchange(const Table& next);
  Table standing() const;
  // What the file says.
  const Table& configured() const noexcept { return configured_; }

 private:
  const Table configured_;
  std::mutex changing_;
  Published<std::vector<std::uint32_t>> now_;
};

}  // namespace sluice::proxy
