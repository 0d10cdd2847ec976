// The keys that the configuration itself brings: inline, or in a file that is read when the filter is made.
//
//   std::vector<std::string> errors;
//   KeySet keys(configured_keys(settings, errors));
#pragma once
#include <string>
#include <vector>

#include "filters/jwt/keys.hpp"
#include "filters/jwt/settings.hpp"

namespace sluice::filters::jwt {

Key::Made make_key(const InlineKey& key, Algorithms allowed);

// What keeps a file from being read, and one that has no key to verify with, is an error.
std::vector<Key> configured_keys(const Settings& settings, std::vector<std::string>& errors);

}  // namespace sluice::filters::jwt
