#include "config/problem.hpp"

#include <algorithm>

namespace sluice::config {
namespace {

// One problem is one line, whatever control characters the file's keys and values have.
std::string on_one_line(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string line;
  for (unsigned char c : text) {
    if (c >= ' ' && c != 0x7F)
      line += static_cast<char>(c);
    else
      line.append("\\x").append({digits[c >> 4], digits[c & 15]});
  }
  return line;
}

}  // namespace

std::string Place::to_string() const {
  if (!file) return {};
  if (line == 0) return file->name;
  return file->name + ':' + std::to_string(line) + ':' + std::to_string(column);
}

std::weak_ordering Place::operator<=>(const Place& other) const noexcept {
  auto order = [](const Place& p) { return p.file ? p.file->order : 0; };
  if (auto c = order(*this) <=> order(other); c != 0) return c;
  if (auto c = line <=> other.line; c != 0) return c;
  return column <=> other.column;
}

std::string Problem::to_string() const {
  auto text = place.to_string();
  if (!text.empty()) text += ": ";
  if (!path.empty()) text += path + ": ";
  return on_one_line(text + message);
}

bool Problems::sound(std::string_view path) const noexcept {
  return std::ranges::none_of(errors_, [&](const Problem& p) { return is_at_or_below(p.path, path); });
}

std::vector<Problem> Problems::sorted(std::vector<Problem> list) {
  std::ranges::stable_sort(list, [](const Problem& a, const Problem& b) { return a.place < b.place; });
  return list;
}

bool is_at_or_below(std::string_view path, std::string_view ancestor) noexcept {
  if (ancestor.empty()) return true;
  if (!path.starts_with(ancestor)) return false;
  return path.size() == ancestor.size() || path[ancestor.size()] == '.' || path[ancestor.size()] == '[';
}

}  // namespace sluice::config
