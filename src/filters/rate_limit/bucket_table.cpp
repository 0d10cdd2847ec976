#include "filters/rate_limit/bucket_table.hpp"

#include <algorithm>

namespace sluice::filters::rate_limit {

BucketTable::Cell& BucketTable::insert(std::uint64_t hash, TimePoint now) {
  make_room(now);
  auto& cell = cells_[place(named(hash))];
  cell.hash_ = named(hash);
  ++size_;
  return cell;
}

bool BucketTable::erase(std::uint64_t hash) noexcept {
  if (cells_.empty()) return false;
  auto at = place(named(hash));
  if (cells_[at].hash_ == 0) return false;
  remove(at);
  return true;
}

// Moves up those that stand behind it only because their own places were taken.
void BucketTable::remove(std::size_t gap) noexcept {
  for (auto at = after(gap); cells_[at].hash_ != 0; at = after(at)) {
    auto wanted = home(cells_[at].hash_);
    bool reachable = gap <= at ? gap < wanted && wanted <= at : gap < wanted || wanted <= at;
    if (reachable) continue;
    cells_[gap] = cells_[at];
    gap = at;
  }
  cells_[gap] = Cell();
  --size_;
}

void BucketTable::make_room(TimePoint now) {
  sweep(now);
  if (size_ >= most_) evict();
  if ((size_ + 1) * 4 > cells_.size() * 3) grow();
}

void BucketTable::sweep(TimePoint now) noexcept {
  auto today = Cell::ticks(now);
  for (std::size_t i = 0; i < swept_at_once && size_ > 0; ++i) {
    auto& cell = cells_[hand_];
    if (cell.hash_ != 0 && cell.full_ < today)
      remove(hand_);
    else
      hand_ = after(hand_);
  }
}

void BucketTable::evict() noexcept {
  std::size_t chosen = cells_.size();
  for (std::size_t looked = 0; looked < sample; hand_ = after(hand_)) {
    if (cells_[hand_].hash_ == 0) continue;
    if (chosen == cells_.size() || cells_[hand_].full_ < cells_[chosen].full_) chosen = hand_;
    ++looked;
  }
  remove(chosen);
  ++evicted_;
}

void BucketTable::grow() {
  auto last = most_ * 4 / 3 + 2;
  auto wanted = std::max(smallest, cells_.size() * 2);
  if (cells_.size() < last) wanted = std::min(wanted, std::max(last, smallest));
  std::vector<Cell> smaller(wanted);
  smaller.swap(cells_);
  hand_ = 0;
  for (auto& cell : smaller)
    if (cell.hash_ != 0) cells_[place(cell.hash_)] = cell;
}

}  // namespace sluice::filters::rate_limit
