// HTTP dates (RFC 9110 §5.6.7). Written as IMF-fixdate; all three forms are read, in any case of letters (RFC
// 9111 §4.2), and no zone but GMT.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "sluice/clock.hpp"

namespace sluice::http {

inline constexpr std::size_t date_size = 29;  // "Sun, 06 Nov 1994 08:49:37 GMT"
using DateText = std::array<char, date_size>;

void write_date(WallPoint at, DateText& to) noexcept;

// `now` settles the century of the two-digit years of RFC 850. Dates outside a WallPoint's range (before
// 1678, after 2261) are its ends. Empty: not a date.
std::optional<WallPoint> parse_date(std::string_view text, WallPoint now) noexcept;

// The Date field of this second: written again only when the second changes. One for each worker.
//
//   std::string_view date = dates.at(wall_now());
class DateCache {
 public:
  std::string_view at(WallPoint now) noexcept;

 private:
  WallPoint second_ = WallPoint::max();  // before the first call: any time is earlier
  DateText text_{};
};

}  // namespace sluice::http
