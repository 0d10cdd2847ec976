#include "server/modes.hpp"

#include <array>

#include "config/config.hpp"

namespace sluice::server {

std::shared_ptr<ModeCell> Modes::cell(const std::string& name, Mode configured) {
  auto known = kept_.find(name);
  return known == kept_.end() ? std::make_shared<ModeCell>(configured) : known->second.cell;
}

void Modes::follow(const std::vector<SwitchedFilter>& filters) {
  std::map<std::string, Kept> next;
  for (auto& f : filters) {
    auto known = kept_.find(f.name);
    bool same =
        known != kept_.end() && known->second.kind == f.kind && known->second.configured == f.configured;
    if (!same) f.mode->store(f.configured);
    next.insert_or_assign(f.name, Kept{f.kind, f.configured, f.mode});
  }
  kept_ = std::move(next);
}

std::string_view name_of(Mode mode) noexcept {
  return config::names_of(config::Mode()).at(static_cast<std::size_t>(mode));
}

std::string_view name_of(Phase phase) noexcept {
  static constexpr std::array<std::string_view, 8> names = {"edge",  "identity",  "permission", "validation",
                                                            "limit", "transform", "cache",      "upstream"};
  return names.at(static_cast<std::size_t>(phase));
}

}  // namespace sluice::server
