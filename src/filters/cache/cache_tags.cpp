#include "filters/cache/cache_tags.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::cache {
namespace {

constexpr std::string_view cache_tag = "Cache-Tag";

void add_parts(std::string_view list, std::string_view separators, std::vector<std::string_view>& tags) {
  while (!list.empty()) {
    auto stop = list.find_first_of(separators);
    if (auto tag = http::trim(list.substr(0, stop)); !tag.empty()) tags.push_back(tag);
    list = stop == std::string_view::npos ? std::string_view() : list.substr(stop + 1);
  }
}

}  // namespace

std::vector<std::string_view> cache_tags(const Fields& response) {
  std::vector<std::string_view> tags;
  for (auto& f : response) {
    if (f.id == FieldId::surrogate_key) add_parts(f.value, " \t", tags);
    if (f.id == FieldId::other && http::same_name(f.name, cache_tag)) add_parts(f.value, ",", tags);
  }
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  return tags;
}

}  // namespace sluice::filters::cache
