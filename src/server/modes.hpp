// The mode of each filter, switched at run time without a new snapshot. A cell outlives snapshots; what was
// switched stays until the configuration's own value changes.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/config.hpp"
#include "sluice/filter.hpp"

namespace sluice::server {

class Modes {
 public:
  using Cell = std::atomic<Mode>;

  // The cell of a policy, or of an inline filter ("route/kind").
  std::shared_ptr<Cell> cell(const std::string& name, config::Mode configured) {
    std::lock_guard lock(mutex_);
    auto& kept = kept_[name];
    if (!kept.cell) kept.cell = std::make_shared<Cell>();
    if (!kept.known || kept.configured != configured) kept.cell->store(static_cast<Mode>(configured));
    kept.known = true;
    kept.configured = configured;
    return kept.cell;
  }

 private:
  struct Kept {
    std::shared_ptr<Cell> cell;
    config::Mode configured = config::Mode::enforce;
    bool known = false;
  };
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

}  // namespace sluice::server
