#include "filters/validate/schema/format.hpp"

namespace sluice::filters::validate {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Two or four digits at `at`, or -1.
int number(std::string_view s, std::size_t at, std::size_t count) {
  if (s.size() < at + count) return -1;
  int n = 0;
  for (char c : s.substr(at, count)) {
    if (!is_digit(c)) return -1;
    n = n * 10 + (c - '0');
  }
  return n;
}

int days_of(int year, int month) {
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap ? 29 : days[month - 1];
}

// Minutes east of UTC; a day's length: malformed.
constexpr int malformed = 24 * 60;
int offset(std::string_view s) {
  if (s == "Z" || s == "z") return 0;
  int hour = number(s, 1, 2), minute = number(s, 4, 2);
  bool sound = s.size() == 6 && (s[0] == '+' || s[0] == '-') && s[3] == ':' && hour >= 0 && hour < 24 &&
               minute >= 0 && minute < 60;
  if (!sound) return malformed;
  return (hour * 60 + minute) * (s[0] == '-' ? -1 : 1);
}

// A row of digits-and-letter parts in the order of `letters`, without gaps where `dense`; takes what it
// reads.
bool parts(std::string_view& s, std::string_view letters) {
  bool any = false;
  while (!s.empty() && is_digit(s.front())) {
    while (!s.empty() && is_digit(s.front())) s.remove_prefix(1);
    if (s.empty()) return false;
    auto found = letters.find(s.front());
    // RFC 3339, appendix A: what follows is the next smaller unit.
    if (found == letters.npos || (any && found != 0)) return false;
    letters.remove_prefix(found + 1);
    s.remove_prefix(1);
    any = true;
  }
  return any;
}

}  // namespace

bool is_date(std::string_view s) {
  int year = number(s, 0, 4), month = number(s, 5, 2), day = number(s, 8, 2);
  return s.size() == 10 && s[4] == '-' && s[7] == '-' && year >= 0 && month >= 1 && month <= 12 && day >= 1 &&
         day <= days_of(year, month);
}

bool is_time(std::string_view s) {
  int hour = number(s, 0, 2), minute = number(s, 3, 2), second = number(s, 6, 2);
  bool sound = s.size() > 8 && s[2] == ':' && s[5] == ':' && hour >= 0 && hour < 24 && minute >= 0 &&
               minute < 60 && second >= 0 && second <= 60;
  if (!sound) return false;
  auto rest = s.substr(8);
  if (rest[0] == '.') {
    std::size_t n = 1;
    while (n < rest.size() && is_digit(rest[n])) ++n;
    if (n == 1) return false;
    rest.remove_prefix(n);
  }
  int east = offset(rest);
  if (east == malformed) return false;
  constexpr int day = 24 * 60;
  // A leap second is the last of a day in UTC.
  return second < 60 || (hour * 60 + minute - east + 2 * day) % day == day - 1;
}

bool is_date_time(std::string_view s) {
  return s.size() > 11 && (s[10] == 'T' || s[10] == 't') && is_date(s.substr(0, 10)) && is_time(s.substr(11));
}

bool is_duration(std::string_view s) {
  if (!s.starts_with('P')) return false;
  s.remove_prefix(1);
  if (s.find('W') != s.npos) return parts(s, "W") && s.empty();
  bool date = !s.starts_with('T');
  if (date && !parts(s, "YMD")) return false;
  if (!s.starts_with('T')) return date && s.empty();
  s.remove_prefix(1);
  return parts(s, "HMS") && s.empty();
}

}  // namespace sluice::filters::validate
