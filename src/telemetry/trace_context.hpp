// W3C Trace Context, level 1: the traceparent field.
//
//   if (auto trace = parse_traceparent(fields.get(FieldId::traceparent)))
//   trace->write(arena.bytes(TraceContext::size));
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::telemetry {

struct TraceContext {
  static constexpr std::size_t size = 55;

  std::uint64_t trace_high = 0;
  std::uint64_t trace_low = 0;
  std::uint64_t parent = 0;  // the span that calls
  std::uint8_t flags = 0;

  bool sampled() const noexcept { return (flags & 1) != 0; }
  // Version 00; `size` characters, no terminator.
  void write(char* out) const noexcept;
};

// Nothing for what the recommendation calls invalid: upper case, ids of zeros, version ff, version 00 with
// more behind the flags. Of a later version the first four parts are read (§3.2.2).
std::optional<TraceContext> parse_traceparent(std::string_view field) noexcept;

}  // namespace sluice::telemetry
