#include "filters/cache/purge_rule.hpp"

namespace sluice::filters::cache {
namespace {

using By = PurgeRule::By;

constexpr std::string_view by_letters = "upt", how_letters = "hs";

}  // namespace

PurgeRule purge_of_everything() {
  return {By::prefix, Purge::hard, ""};
}

std::string notice_of(const PurgeRule& rule) {
  std::string notice = "purge ";
  notice += by_letters[static_cast<std::size_t>(rule.by)];
  notice += how_letters[static_cast<std::size_t>(rule.how)];
  return notice += rule.text;
}

std::optional<PurgeRule> purge_of(std::string_view notice) {
  constexpr std::string_view begin = "purge ";
  if (!notice.starts_with(begin) || notice.size() < begin.size() + 2) return std::nullopt;
  auto by = by_letters.find(notice[begin.size()]), how = how_letters.find(notice[begin.size() + 1]);
  if (by == by_letters.npos || how == how_letters.npos) return std::nullopt;
  return PurgeRule{static_cast<By>(by), static_cast<Purge>(how),
                   std::string(notice.substr(begin.size() + 2))};
}

std::size_t purge(CacheStore& store, const PurgeRule& rule) {
  switch (rule.by) {
    case By::url:
      return store.purge_url(rule.text, rule.how);
    case By::prefix:
      return store.purge_prefix(rule.text, rule.how);
    default:
      return store.purge_tag(rule.text, rule.how);
  }
}

}  // namespace sluice::filters::cache
