// Paths of the admin endpoint that name things.
//
//   auto names = match_path("/policies/{}/mode", "/policies/get-user%2Fip/mode");    // {"get-user/ip"}
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// What stands in the places of `{}`, percent-decoded: each is one segment, and not empty. Nothing where the
// path is another one or has a broken escape.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path);

}  // namespace sluice::server
