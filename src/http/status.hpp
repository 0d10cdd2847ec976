// Reason phrases (RFC 9110 §15 and the IANA registry).
#pragma once
#include <cstdint>
#include <string_view>

namespace sluice::http {

// "Not Found". Of a code that has none: the name of its class.
std::string_view reason_phrase(std::uint16_t status) noexcept;

// RFC 9110 §6.4.1: these never have content.
constexpr bool is_bodiless(std::uint16_t status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace sluice::http
