// Range requests (RFC 9110 §14), in bytes.
//
//   auto asked = ranges_of(request.fields, length);
//   switch (asked.what) {
//     case RangeSet::What::whole: ...           // no Range, or one to be ignored: 200
//     case RangeSet::What::unsatisfiable: ...   // 416, Content-Range: unsatisfied_range(length, arena)
//     case RangeSet::What::parts: ...           // 206: content_range(asked.parts()[0], length, arena)
//   }
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive

  std::uint64_t size() const noexcept { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

// The parts of a representation that a request asks for: clipped to its length, in the order they were asked
// for; those that overlap or touch are one (RFC 9110 §15.3.7.2).
struct RangeSet {
  static constexpr std::size_t max_parts = 16;

  enum class What : std::uint8_t { whole, parts, unsatisfiable };
  What what = What::whole;
  std::uint8_t count = 0;
  std::array<ByteRange, max_parts> ranges;

  std::span<const ByteRange> parts() const noexcept { return {ranges.data(), count}; }
};

// `whole` where there is no Range, or one that RFC 9110 §14.2 lets a server ignore: another unit, malformed,
// two lines of it, or more members than `max_parts`.
RangeSet ranges_of(const Fields& request, std::uint64_t length) noexcept;
RangeSet read_ranges(std::string_view range, std::uint64_t length) noexcept;

// Where a part lies, as Content-Range of a 206 says it: "bytes 4-9/10" or "bytes 4-9/*" (RFC 9110 §14.4).
struct ContentRange {
  ByteRange part;
  std::uint64_t length = unknown_length;  // of the whole
};
std::optional<ContentRange> read_content_range(std::string_view text) noexcept;

// The one range that a request asks for, where all of it lies in `held` of a whole of that length.
std::optional<ByteRange> range_within(const Fields& request, const ByteRange& held,
                                      std::uint64_t length) noexcept;

// "bytes 0-1/11", and for 416 "bytes */11" (RFC 9110 §14.4).
std::string_view content_range(const ByteRange& part, std::uint64_t length, Arena& arena);
std::string_view unsatisfied_range(std::uint64_t length, Arena& arena);

}  // namespace sluice::http
