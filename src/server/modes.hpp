// The mode of each filter, switched at run time without a new snapshot. A cell outlives snapshots; what was
// switched stays until the configuration's own value changes.
//
//   auto cell = modes.cell("login");              // a build: nothing that is running changes
//   modes.follow(built.filters);                  // the configuration is in force
//   filter.mode->exchange(Mode::shadow);          // the admin endpoint
//
// The control thread alone calls it; the cells are anybody's.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sluice/filter.hpp"
#include "sluice/filter_kind.hpp"

namespace sluice::server {

using ModeCell = std::atomic<Mode>;

// One filter of a configuration, for those who look at its mode and switch it.
struct SwitchedFilter {
  std::string name;  // the policy's, or "route/kind"
  std::string kind;
  FilterTraits traits;
  Phase phase = Phase::edge;
  Mode configured = Mode::enforce;
  std::shared_ptr<ModeCell> mode;
};

class Modes {
 public:
  // `configured` is the mode of a filter that was not there before.
  std::shared_ptr<ModeCell> cell(const std::string& name, Mode configured);

  // The filters of the configuration that is in force from now on. One whose kind or own value changed has
  // its configured mode again; those that are gone are forgotten.
  void follow(const std::vector<SwitchedFilter>& filters);

 private:
  struct Kept {
    std::string kind;
    Mode configured;
    std::shared_ptr<ModeCell> cell;
  };
  std::map<std::string, Kept> kept_;  // in force
};

std::string_view name_of(Mode mode) noexcept;
std::string_view name_of(Phase phase) noexcept;

}  // namespace sluice::server
