// One purge, as it is carried out and as replicas tell it to each other.
//
//   PurgeRule rule{PurgeRule::By::tag, Purge::soft, "news"};
//   purge(store, rule);                                          // here
//   store.announce(worker, notice_of(rule));                     // to the others, who read it with
//   purge_of()
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "filters/cache/cache_store.hpp"

namespace sluice::filters::cache {

struct PurgeRule {
  enum class By : std::uint8_t { url, prefix, tag };

  By by = By::url;
  Purge how = Purge::hard;
  std::string text;  // of a prefix: of URLs; empty: everything

  auto operator<=>(const PurgeRule&) const = default;
};

PurgeRule purge_of_everything();

std::string notice_of(const PurgeRule& rule);
// Nothing: it is no purge that this version knows.
std::optional<PurgeRule> purge_of(std::string_view notice);

// How many stored answers that were.
std::size_t purge(CacheStore& store, const PurgeRule& rule);

}  // namespace sluice::filters::cache
