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
  // The place of a purge that the log does not have yet: later than any.
  static constexpr std::uint64_t untold = ~std::uint64_t{0};

  // The later of two places of the same purge counts.
  void add(const PurgeRule& rule, std::uint64_t at);
  // One that was untold has its place.
  void told(const PurgeRule& rule, std::uint64_t at);
  // What lies at or before the place is needed no more.
  void forget_until(std::uint64_t place);
  // All but what is untold.
  void clear() { forget_until(untold - 1); }

  // What became of an answer that its origin was asked for when the log stood at `since`. Nothing: nobody
  // purged it.
  std::optional<Purge> judge(std::string_view url, std::span<const std::string_view> tags,
                             std::uint64_t since) const;
  std::size_t size() const;

 private:
  struct Places {
    std::uint64_t hard = 0, soft = 0;
    std::uint64_t& of(Purge how) noexcept { return how == Purge::hard ? hard : soft; }
    void take(const Places& other) noexcept;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Table = std::unordered_map<std::string, Places, Hash, std::equal_to<>>;

  Table& table(PurgeRule::By by) noexcept;
  Places& places(const PurgeRule& rule);
  static Places find(const Table& table, std::string_view text);

  mutable std::mutex mutex_;
  Table urls_, prefixes_, tags_;
  std::map<std::size_t, std::size_t> lengths_;  // of prefixes: how many have it
};

}  // namespace sluice::filters::cache
