#include "filters/cache/purge_rules.hpp"

#include <algorithm>

namespace sluice::filters::cache {

void PurgeRules::Places::take(const Places& other) noexcept {
  hard = std::max(hard, other.hard);
  soft = std::max(soft, other.soft);
}

PurgeRules::Table& PurgeRules::table(PurgeRule::By by) noexcept {
  if (by == PurgeRule::By::url) return urls_;
  return by == PurgeRule::By::prefix ? prefixes_ : tags_;
}

PurgeRules::Places& PurgeRules::places(const PurgeRule& rule) {
  auto [found, is_new] = table(rule.by).try_emplace(rule.text);
  if (is_new && rule.by == PurgeRule::By::prefix) ++lengths_[rule.text.size()];
  return found->second;
}

PurgeRules::Places PurgeRules::find(const Table& table, std::string_view text) {
  auto found = table.find(text);
  return found == table.end() ? Places() : found->second;
}

void PurgeRules::add(const PurgeRule& rule, std::uint64_t at) {
  std::lock_guard lock(mutex_);
  auto& place = places(rule).of(rule.how);
  place = std::max(place, at);
}

void PurgeRules::told(const PurgeRule& rule, std::uint64_t at) {
  std::lock_guard lock(mutex_);
  places(rule).of(rule.how) = at;
}

void PurgeRules::forget_until(std::uint64_t place) {
  std::lock_guard lock(mutex_);
  auto is_old = [&](auto& entry) { return std::max(entry.second.hard, entry.second.soft) <= place; };
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
  auto last = find(urls_, url);
  for (auto tag : tags) last.take(find(tags_, tag));
  for (auto& [length, count] : lengths_)
    if (length <= url.size()) last.take(find(prefixes_, url.substr(0, length)));
  if (last.hard > since) return Purge::hard;
  if (last.soft > since) return Purge::soft;
  return std::nullopt;
}

std::size_t PurgeRules::size() const {
  std::lock_guard lock(mutex_);
  return urls_.size() + prefixes_.size() + tags_.size();
}

}  // namespace sluice::filters::cache
