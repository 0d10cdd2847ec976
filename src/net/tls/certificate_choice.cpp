#include "net/tls/certificate_choice.hpp"

#include <algorithm>
#include <map>

namespace sluice::net {
namespace {

using Candidates = std::span<const CertificateChoice::Candidate>;
using Group = CertificateChoice::Group;

// "*" and "*.*.example.com" name nothing.
bool is_wildcard(std::string_view name) noexcept {
  return name.size() > 2 && name.starts_with("*.") && name.find('*', 1) == name.npos;
}

void join(Group& group, std::size_t candidate, Candidates all) {
  auto same_kind = [&](std::size_t other) { return all[other].key_kind == all[candidate].key_kind; };
  if (std::none_of(group.begin(), group.end(), same_kind)) group.push_back(candidate);
}

std::map<std::string, Group> by_name(Candidates all) {
  std::map<std::string, Group> groups;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (auto& name : all[i].names) join(groups[name], i, all);
  return groups;
}

}  // namespace

CertificateChoice::CertificateChoice(Candidates candidates) {
  auto groups = by_name(candidates);
  auto& first = candidates.front().names;
  groups_.push_back(first.empty() ? Group{0} : groups[first.front()]);
  for (auto& [name, group] : groups) {
    if (is_wildcard(name))
      wildcards_.emplace(name.substr(1), group_of(group));
    else if (name.find('*') == name.npos)
      names_.emplace(name, group_of(group));
  }
}

std::size_t CertificateChoice::group_of(Group group) {
  auto at = std::find(groups_.begin(), groups_.end(), group);
  if (at == groups_.end()) at = groups_.insert(at, std::move(group));
  return static_cast<std::size_t>(at - groups_.begin());
}

std::size_t CertificateChoice::find(std::string_view name) const noexcept {
  if (auto exact = names_.find(name); exact != names_.end()) return exact->second;
  auto dot = name.find('.');
  if (dot == name.npos || dot == 0) return 0;
  auto wildcard = wildcards_.find(name.substr(dot));
  return wildcard != wildcards_.end() ? wildcard->second : 0;
}

}  // namespace sluice::net
