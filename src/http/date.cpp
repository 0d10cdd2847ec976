#include "http/date.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::http {

namespace {

using namespace std::chrono;

constexpr std::string_view days = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view long_days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};

// Takes a date apart from the left; what does not fit makes it bad, and bad it stays.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  bool good() const noexcept { return good_ && text_.empty(); }

  void literal(std::string_view s) noexcept {
    if (!(good_ = good_ && begins_with(s))) return;
    text_.remove_prefix(s.size());
  }
  // Which of the three-letter names in `names`.
  unsigned name(std::string_view names) noexcept {
    auto word = take(3);
    for (unsigned i = 0; i * 3 < names.size(); ++i)
      if (same_name(names.substr(i * 3, 3), word)) return i;
    good_ = false;
    return 0;
  }
  unsigned number(std::size_t digits) noexcept {
    unsigned value = 0;
    for (char c : take(digits)) {
      good_ = good_ && is_digit(c);
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  }
  // asctime pads the day with a space.
  unsigned padded() noexcept {
    if (!text_.starts_with(' ')) return number(2);
    take(1);
    return number(1);
  }
  void long_day() noexcept {
    for (auto day : long_days)
      if (begins_with(day)) return literal(day);
    good_ = false;
  }

 private:
  bool begins_with(std::string_view s) const noexcept { return same_name(text_.substr(0, s.size()), s); }
  std::string_view take(std::size_t n) noexcept {
    good_ = good_ && text_.size() >= n;
    auto taken = text_.substr(0, good_ ? n : 0);
    text_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view text_;
  bool good_ = true;
};

// A clock of nanoseconds ends in 2262, four digits of a year do not.
constexpr auto earliest = ceil<seconds>(WallPoint::min());
constexpr auto latest = floor<seconds>(WallPoint::max());

struct Parts {
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void read_time(Reader& r, Parts& p) noexcept {
  p.hour = r.number(2);
  r.literal(":");
  p.minute = r.number(2);
  r.literal(":");
  p.second = r.number(2);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
bool read_fixdate(Reader r, Parts& p) noexcept {
  r.name(days);
  r.literal(", ");
  p.day = r.number(2);
  r.literal(" ");
  p.month = r.name(months) + 1;
  r.literal(" ");
  p.year = r.number(4);
  r.literal(" ");
  read_time(r, p);
  r.literal(" GMT");
  return r.good();
}

// "Sunday, 06-Nov-94 08:49:37 GMT": a year that seems more than 50 years ahead is in the past (RFC 9110
// §5.6.7).
bool read_rfc850(Reader r, Parts& p, WallPoint now) noexcept {
  r.long_day();
  r.literal(", ");
  p.day = r.number(2);
  r.literal("-");
  p.month = r.name(months) + 1;
  r.literal("-");
  auto two = r.number(2);
  r.literal(" ");
  read_time(r, p);
  r.literal(" GMT");
  auto this_year =
      static_cast<unsigned>(static_cast<int>(year_month_day(floor<std::chrono::days>(now)).year()));
  p.year = this_year / 100 * 100 + two;
  if (p.year > this_year + 50) p.year -= 100;
  return r.good();
}

// "Sun Nov  6 08:49:37 1994"
bool read_asctime(Reader r, Parts& p) noexcept {
  r.name(days);
  r.literal(" ");
  p.month = r.name(months) + 1;
  r.literal(" ");
  p.day = r.padded();
  r.literal(" ");
  read_time(r, p);
  r.literal(" ");
  p.year = r.number(4);
  return r.good();
}

}  // namespace

void write_date(WallPoint at, DateText& to) noexcept {
  auto midnight = floor<std::chrono::days>(at);
  year_month_day date(midnight);
  hh_mm_ss time(floor<seconds>(at - midnight));
  char* out = to.data();
  auto text = [&out](std::string_view s) { out = std::copy_n(s.data(), s.size(), out); };
  auto two = [&out](unsigned n) {
    *out++ = static_cast<char>('0' + n / 10 % 10);
    *out++ = static_cast<char>('0' + n % 10);
  };
  text(days.substr(weekday(midnight).c_encoding() * 3, 3));
  text(", ");
  two(static_cast<unsigned>(date.day()));
  text(" ");
  text(months.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3));
  text(" ");
  auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  two(year / 100);
  two(year);
  text(" ");
  two(static_cast<unsigned>(time.hours().count()));
  text(":");
  two(static_cast<unsigned>(time.minutes().count()));
  text(":");
  two(static_cast<unsigned>(time.seconds().count()));
  text(" GMT");
}

std::optional<WallPoint> parse_date(std::string_view text, WallPoint now) noexcept {
  Parts p;
  Reader r(text);
  if (!read_fixdate(r, p) && !read_rfc850(r, p, now) && !read_asctime(r, p)) return std::nullopt;
  year_month_day date(year(static_cast<int>(p.year)), month(p.month), day(p.day));
  if (!date.ok() || p.hour > 23 || p.minute > 59 || p.second > 60) return std::nullopt;
  sys_seconds at = sys_days(date) + hours(p.hour) + minutes(p.minute) + seconds(p.second);
  return std::clamp(at, earliest, latest);
}

std::string_view DateCache::at(WallPoint now) noexcept {
  if (now < second_ || now >= second_ + seconds(1)) {
    second_ = floor<seconds>(now);
    write_date(second_, text_);
  }
  return {text_.data(), text_.size()};
}

}  // namespace sluice::http
