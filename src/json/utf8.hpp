// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::json {

// The size of the sequence at the start of `s`, which is not empty; 0: none.
std::size_t utf8_size(std::string_view s) noexcept;
bool is_utf8(std::string_view s) noexcept;
// Of a text that is UTF-8.
std::size_t code_points(std::string_view s) noexcept;
// Writes the sequence, at most 4 bytes; gives its end.
char* put_utf8(char* to, std::uint32_t code_point) noexcept;

}  // namespace sluice::json
