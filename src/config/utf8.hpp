// UTF-8 (RFC 3629), which every text of a configuration is in.
#pragma once
#include <string_view>

namespace sluice::config {

// Where the first byte stands that is not part of a well-formed character, or npos.
std::size_t first_fault(std::string_view text) noexcept;

}  // namespace sluice::config
