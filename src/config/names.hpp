// Names that refer to what is defined elsewhere in the document.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/check.hpp"
#include "config/suggest.hpp"

namespace sluice::config {

// Reports "no upstream 'usres' (did you mean 'users'?)" and says false where the name is not known.
template <class T>
bool is_known(std::string_view kind, const std::map<std::string, T>& known, const std::string& name,
              const Cursor& at, Problems& problems) {
  if (known.contains(name)) return true;
  std::vector<std::string_view> names;
  for (auto& [k, v] : known) names.push_back(k);
  refuse(problems, at, "no " + std::string(kind) + " '" + name + '\'' + suggestion(name, names));
  return false;
}

}  // namespace sluice::config
