#include "filters/cache/purge_log.hpp"

#include <algorithm>
#include <mutex>

namespace sluice::filters::cache {

void PurgeLog::add(Kind kind, std::string_view text, Purge how) {
  Entry entry{kind, how, std::string(text)};
  std::lock_guard held(lock_);
  auto n = count_.load(std::memory_order_relaxed);
  std::swap(entries_[n % kept], entry);
  count_.store(n + 1, std::memory_order_release);
}

PurgeLog::Verdict PurgeLog::verdict(std::uint64_t since, StoredResponse& answer) const noexcept {
  if (now() == since) return Verdict::keep;
  auto verdict = Verdict::keep;
  std::lock_guard held(lock_);
  auto last = count_.load(std::memory_order_relaxed);
  if (last - since > kept) return Verdict::drop;
  for (auto n = since; n != last; ++n) {
    auto& entry = entries_[n % kept];
    if (!entry.means(answer)) continue;
    verdict = std::max(verdict, entry.how == Purge::hard ? Verdict::drop : Verdict::mark_stale);
  }
  return verdict;
}

bool PurgeLog::Entry::means(StoredResponse& answer) const noexcept {
  switch (kind) {
    case Kind::url:
      return answer.key().url_text() == text;
    case Kind::prefix:
      return answer.key().url_text().starts_with(text);
    case Kind::tag:
      return std::ranges::any_of(answer.tags(), [this](auto& tag) { return tag.name() == text; });
  }
  return false;
}

}  // namespace sluice::filters::cache
