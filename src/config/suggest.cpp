#include "config/suggest.hpp"

#include <algorithm>
#include <vector>

namespace sluice::config {
namespace {
constexpr std::size_t longest_compared = 64;
constexpr std::size_t most_listed = 30;
}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
  if (name.size() > longest_compared) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, std::min<std::size_t>(3, name.size() / 3)) + 1;
  for (auto k : known) {
    if (k.size() > longest_compared) continue;
    auto d = edit_distance(name, k);
    if (d < best_distance) best = k, best_distance = d;
  }
  return best;
}

std::string suggestion(std::string_view name, std::span<const std::string_view> known) {
  if (known.empty()) return {};
  if (auto near = nearest(name, known); near.data()) return " (did you mean '" + std::string(near) + "'?)";
  std::string list;
  for (auto k : known.first(std::min(known.size(), most_listed)))
    list += (list.empty() ? "" : ", ") + std::string(k);
  return " (known here: " + list + (known.size() > most_listed ? ", ...)" : ")");
}

}  // namespace sluice::config
