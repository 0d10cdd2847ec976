#pragma once
#include <string_view>

namespace sluice::proxy {

// What the gateway calls itself in Via (RFC 9110 §7.6.3).
inline constexpr std::string_view own_name = "sluice";
inline constexpr std::string_view via = "1.1 sluice";

}  // namespace sluice::proxy
