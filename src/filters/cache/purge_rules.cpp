#include "filters/cache/purge_rules.hpp"

#include <algorithm>

namespace sluice::filters::cache {

bool PurgeRules::Places::is_old(std::uint64_t place) const noexcept {
  return hard.untold == 0 && soft.untold == 0 && std::max(hard.told, soft.told) <= place;
}

void PurgeRules::Last::take(const Table& table, std::string_view text) {
  auto found = table.find(text);
  if (found == table.end()) return;
  hard = std::max(hard, found->second.hard.last());
  soft = std::max(soft, found->second.soft.last());
}

PurgeRules::Table& PurgeRules::table(PurgeRule::By by) noexcept {
  if (by == PurgeRule::By::url) return urls_;
  return by == PurgeRule::By::prefix ? prefixes_ : tags_;
}

PurgeRules::Place& PurgeRules::place(const PurgeRule& rule) {
  auto [found, is_new] = table(rule.by).try_emplace(rule.text);
  if (is_new && rule.by == PurgeRule::By::prefix) ++lengths_[rule.text.size()];
  return found->second.of(rule.how);
}

void PurgeRules::add(const PurgeRule& rule, std::uint64_t at) {
  std::lock_guard lock(mutex_);
  auto& p = place(rule);
  p.told = std::max(p.told, at);
}

void PurgeRules::add_untold(const PurgeRule& rule) {
  std::lock_guard lock(mutex_);
  ++place(rule).untold;
}

void PurgeRules::told(const PurgeRule& rule, std::uint64_t at) {
  std::lock_guard lock(mutex_);
  auto& p = place(rule);
  --p.untold;
  p.told = std::max(p.told, at);
}

void PurgeRules::forget_until(std::uint64_t place) {
  std::lock_guard lock(mutex_);
  auto is_old = [&](auto& entry) { return entry.second.is_old(place); };
  std::erase_if(urls_, is_old);
  std::erase_if(tags_, is_old);
  std::erase_if(prefixes_, [&](auto& entry) {
    if (!is_old(entry)) return false;
    auto length = lengths_.find(entry.first.size());
    if (--length->second == 0) lengths_.erase(length);
    return true;
  });
}

std::optional<Purge> PurgeRules::judge(std::string_view url, std::span<const std::string_view> tags,
                                       std::uint64_t since) const {
  std::lock_guard lock(mutex_);
  Last last;
  last.take(urls_, url);
  for (auto tag : tags) last.take(tags_, tag);
  for (auto& [length, count] : lengths_)
    if (length <= url.size()) last.take(prefixes_, url.substr(0, length));
  if (last.hard > since) return Purge::hard;
  if (last.soft > since) return Purge::soft;
  return std::nullopt;
}

std::size_t PurgeRules::size() const {
  std::lock_guard lock(mutex_);
  return urls_.size() + prefixes_.size() + tags_.size();
}

}  // namespace sluice::filters::cache
