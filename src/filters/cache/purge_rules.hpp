// Which stored answers of another time were purged since: every purge of a while, by what it names, with its
// place in the log of the replicas.
//
//   rules.add(rule, place);
//   if (auto how = rules.judge(url, tags, asked_at)) ...      // hard: it is gone; soft: it is stale
//
// A purge costs one entry, however many answers it is about; a judgement one look for the URL, for each tag
// and for each length that a prefix has. Any thread.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "filters/cache/purge_rule.hpp"

namespace sluice::filters::cache {

class PurgeRules {
 public:
  // The later of two places of the same purge counts.
  void add(const PurgeRule& rule, std::uint64_t at);
  // One that the log does not have yet: it is later than everything, until it is told or, since another
  // purge stands for it, dropped.
  void add_untold(const PurgeRule& rule);
  void told(const PurgeRule& rule, std::uint64_t at);
  void drop(const PurgeRule& rule) { told(rule, 0); }
  // What was told and lies at or before the place is needed no more.
  void forget_until(std::uint64_t place);
  void clear() { forget_until(latest); }

  // What became of an answer that its origin was asked for when the log stood at `since`. Nothing: nobody
  // purged it.
  std::optional<Purge> judge(std::string_view url, std::span<const std::string_view> tags,
                             std::uint64_t since) const;
  std::size_t size() const;

 private:
  static constexpr std::uint64_t latest = ~std::uint64_t{0};

  struct Place {
    std::uint64_t told = 0;
    unsigned untold = 0;  // how many there are
    std::uint64_t last() const noexcept { return untold != 0 ? latest : told; }
  };
  struct Places {
    Place hard, soft;
    Place& of(Purge how) noexcept { return how == Purge::hard ? hard : soft; }
    bool is_old(std::uint64_t place) const noexcept;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Table = std::unordered_map<std::string, Places, Hash, std::equal_to<>>;
  struct Last {
    std::uint64_t hard = 0, soft = 0;
    void take(const Table& table, std::string_view text);
  };

  Table& table(PurgeRule::By by) noexcept;
  Place& place(const PurgeRule& rule);

  mutable std::mutex mutex_;
  Table urls_, prefixes_, tags_;
  std::map<std::size_t, std::size_t> lengths_;  // of prefixes: how many have it
};

}  // namespace sluice::filters::cache
