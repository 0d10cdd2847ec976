#include "filters/validate/schema/names.hpp"

#include <algorithm>
#include <bit>

namespace sluice::filters::validate {
namespace {

constexpr std::uint32_t golden = 0x9e3779b9;  // spreads a multiplier over all bits

}  // namespace

Property& Names::add(std::string_view name) {
  for (auto& p : known_)
    if (p.name.text() == name) return p;
  auto& text = texts_.emplace_back("\"");
  text.append(name).append("\":").append(json::padding, '\0');
  Property p;
  p.name.kind = json::Kind::string;
  p.name.flag = std::ranges::all_of(name, [](char c) { return static_cast<signed char>(c) >= 0; });
  p.name.hash = json::name_hash(text.data() + 1, name.size());
  p.name.size = static_cast<std::uint32_t>(name.size());
  p.name.begin = text.data() + 1;
  p.bit = known_.size() < 64 ? std::uint64_t{1} << known_.size() : 0;
  return known_.emplace_back(p);
}

std::size_t Names::collisions() const {
  std::vector<bool> taken(mask_ + 1);
  std::size_t count = 0;
  for (auto& p : known_) {
    count += taken[place(p.name.hash)];
    taken[place(p.name.hash)] = true;
  }
  return count;
}

void Names::seal() {
  if (known_.empty()) return;
  auto size = std::min<std::size_t>(std::bit_ceil(known_.size() * 2), 1u << 15);
  mask_ = static_cast<std::uint32_t>(size - 1);
  std::uint32_t best = 1;
  auto fewest = known_.size();
  for (std::uint32_t m = 1; m < 2000 && fewest > 0; m += 2) {
    multiplier_ = m * golden;
    if (auto count = collisions(); count < fewest) {
      fewest = count;
      best = multiplier_;
    }
  }
  multiplier_ = best;
  table_.assign(size + known_.size() + 1, Property{});
  for (auto& p : known_) {
    auto at = place(p.name.hash);
    while (!table_[at].is_free()) ++at;
    table_[at] = p;
  }
}

}  // namespace sluice::filters::validate
