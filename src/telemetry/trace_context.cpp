#include "telemetry/trace_context.hpp"

#include <array>

#include "telemetry/hex.hpp"

namespace sluice::telemetry {
namespace {

// The value of a lower-case digit, -1 of anything else.
constexpr auto digit_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int8_t>(i);
  for (std::size_t i = 0; i < 6; ++i) values['a' + i] = static_cast<std::int8_t>(10 + i);
  return values;
}();

std::optional<std::uint64_t> read_hex(std::string_view digits) noexcept {
  std::uint64_t n = 0;
  int seen = 0;
  for (char c : digits) {
    auto value = digit_values[static_cast<unsigned char>(c)];
    seen |= value;
    n = n << 4 | static_cast<std::uint64_t>(value & 15);
  }
  if (seen < 0) return std::nullopt;
  return n;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view field) noexcept {
  if (field.size() < TraceContext::size || field[2] != '-' || field[35] != '-' || field[52] != '-')
    return std::nullopt;
  auto version = read_hex(field.substr(0, 2));
  auto high = read_hex(field.substr(3, 16));
  auto low = read_hex(field.substr(19, 16));
  auto parent = read_hex(field.substr(36, 16));
  auto flags = read_hex(field.substr(53, 2));
  if (!version || !high || !low || !parent || !flags) return std::nullopt;
  if (*version == 0xFF || (*high == 0 && *low == 0) || *parent == 0) return std::nullopt;
  if (field.size() > TraceContext::size && (*version == 0 || field[TraceContext::size] != '-'))
    return std::nullopt;
  return TraceContext{*high, *low, *parent, static_cast<std::uint8_t>(*flags)};
}

void TraceContext::write(char* out) const noexcept {
  *out++ = '0';
  *out++ = '0';
  *out++ = '-';
  out = write_hex(trace_low, write_hex(trace_high, out));
  *out++ = '-';
  out = write_hex(parent, out);
  *out++ = '-';
  constexpr const char* digits = "0123456789abcdef";
  *out++ = digits[flags >> 4];
  *out++ = digits[flags & 15];
}

}  // namespace sluice::telemetry
