// How quantities are read and written: see Scalar in sluice/config.hpp.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "sluice/config.hpp"

namespace sluice {
namespace {

struct Unit64 {
  std::string_view name;
  std::uint64_t worth;
};

// The largest first, so that what is printed has the fewest digits.
constexpr std::array<Unit64, 5> time_units = {{{"d", 86'400'000'000'000},
                                               {"h", 3'600'000'000'000},
                                               {"m", 60'000'000'000},
                                               {"s", 1'000'000'000},
                                               {"ms", 1'000'000}}};
constexpr std::array<Unit64, 9> size_units = {{{"TiB", 1ULL << 40},
                                               {"TB", 1'000'000'000'000},
                                               {"GiB", 1ULL << 30},
                                               {"GB", 1'000'000'000},
                                               {"MiB", 1ULL << 20},
                                               {"MB", 1'000'000},
                                               {"KiB", 1ULL << 10},
                                               {"KB", 1'000},
                                               {"B", 1}}};
constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

// "15m" in the units' smallest parts.
std::optional<std::uint64_t> quantity(std::string_view text, std::span<const Unit64> units) {
  std::uint64_t n = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (fault != std::errc()) return std::nullopt;
  auto unit =
      std::ranges::find(units, text.substr(static_cast<std::size_t>(end - text.data())), &Unit64::name);
  if (unit == units.end() || n > largest / unit->worth) return std::nullopt;
  return n * unit->worth;
}

std::string quantity_text(std::uint64_t value, std::span<const Unit64> units) {
  for (auto& u : units)
    if (value != 0 && value % u.worth == 0) return std::to_string(value / u.worth) + std::string(u.name);
  return std::to_string(value / units.back().worth) + std::string(units.back().name);
}

// What stands before and after the slash of a rate; its time is one of s, m, h, d.
struct Split {
  std::string_view amount;
  Duration per;
};
std::optional<Split> split_rate(std::string_view text) {
  auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  auto unit = std::ranges::find(time_units, text.substr(slash + 1), &Unit64::name);
  if (unit == time_units.end() || unit->name == "ms") return std::nullopt;
  return Split{text.substr(0, slash), Duration(static_cast<Duration::rep>(unit->worth))};
}
std::string per_text(Duration per) {
  auto unit = std::ranges::find(time_units, static_cast<std::uint64_t>(per.count()), &Unit64::worth);
  return '/' + std::string(unit == time_units.end() ? "s" : unit->name);
}

std::optional<double> decimal(std::string_view text) {
  double v = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), v, std::chars_format::fixed);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(v)) return std::nullopt;
  return v;
}
std::string decimal_text(double v) {
  char text[64];
  auto [end, fault] = std::to_chars(text, text + sizeof text, v);
  return fault == std::errc() ? std::string(text, end) : std::string();
}

}  // namespace

std::optional<std::filesystem::path> Scalar<std::filesystem::path>::parse(std::string_view text) {
  if (text.empty() || text.find('\0') != text.npos) return std::nullopt;
  return std::filesystem::path(text);
}

std::optional<double> Scalar<double>::parse(std::string_view text) {
  return decimal(text);
}
std::string Scalar<double>::print(const double& v) {
  return decimal_text(v);
}

std::optional<Duration> Scalar<Duration>::parse(std::string_view text) {
  auto n = quantity(text, time_units);
  if (!n) return std::nullopt;
  return Duration(static_cast<Duration::rep>(*n));
}
std::string Scalar<Duration>::print(const Duration& v) {
  return v == Duration::zero() ? "0s" : quantity_text(static_cast<std::uint64_t>(v.count()), time_units);
}

std::optional<Size> Scalar<Size>::parse(std::string_view text) {
  auto n = quantity(text, size_units);
  if (!n) return std::nullopt;
  return Size{*n};
}
std::string Scalar<Size>::print(const Size& v) {
  return quantity_text(v.bytes, size_units);
}

std::optional<Rate> Scalar<Rate>::parse(std::string_view text) {
  auto split = split_rate(text);
  if (!split) return std::nullopt;
  auto count = Scalar<std::uint64_t>::parse(split->amount);
  if (!count) return std::nullopt;
  return Rate{*count, split->per};
}
std::string Scalar<Rate>::print(const Rate& v) {
  return std::to_string(v.count) + per_text(v.per);
}

std::optional<ByteRate> Scalar<ByteRate>::parse(std::string_view text) {
  auto split = split_rate(text);
  if (!split) return std::nullopt;
  auto size = Scalar<Size>::parse(split->amount);
  if (!size) return std::nullopt;
  return ByteRate{*size, split->per};
}
std::string Scalar<ByteRate>::print(const ByteRate& v) {
  return Scalar<Size>::print(v.size) + per_text(v.per);
}

std::optional<Percent> Scalar<Percent>::parse(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  auto v = decimal(text.substr(0, text.size() - 1));
  if (!v) return std::nullopt;
  return Percent{*v / 100};
}
std::string Scalar<Percent>::print(const Percent& v) {
  return decimal_text(std::round(v.share * 1e8) / 1e6) + '%';
}

}  // namespace sluice
