// The gateway's own log: an event with key=value pairs, to stderr as text for people or JSON for machines.
// Not for requests; those have the access log.
//
//   log::warn("upstream.unhealthy", {{"upstream", name}, {"endpoint", url}, {"failures", 3}});
//
//   static constinit log::Throttle throttle{1s};              // floods: one line a second at most
//   log::warn(throttle, now, "accept.failed", {{"error", text}});
//
// Any thread. Takes a lock and writes, so it is for what is rare.
#pragma once
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <variant>

#include "sluice/clock.hpp"

namespace sluice::telemetry::log {

enum class Level : std::uint8_t { debug, info, warn, error, off };

// A value as it is logged. Durations are written in seconds.
class Value {
 public:
  Value(std::string_view text) noexcept : value_(text) {}
  Value(const char* text) noexcept : value_(std::string_view(text)) {}
  Value(const std::string& text) noexcept : value_(std::string_view(text)) {}
  Value(bool flag) noexcept : value_(flag) {}
  Value(std::signed_integral auto n) noexcept : value_(static_cast<std::int64_t>(n)) {}
  Value(std::unsigned_integral auto n) noexcept : value_(static_cast<std::uint64_t>(n)) {}
  Value(double n) noexcept : value_(n) {}
  template <class Rep, class Period>
  Value(std::chrono::duration<Rep, Period> d) noexcept : value_(std::chrono::duration<double>(d).count()) {}

  using Variant = std::variant<std::string_view, bool, std::int64_t, std::uint64_t, double>;
  const Variant& get() const noexcept { return value_; }

 private:
  Variant value_;
};

struct Pair {
  std::string_view key;
  Value value;
};
using Pairs = std::initializer_list<Pair>;

void write(Level level, std::string_view event, Pairs pairs = {});

inline void debug(std::string_view event, Pairs pairs = {}) {
  write(Level::debug, event, pairs);
}
inline void info(std::string_view event, Pairs pairs = {}) {
  write(Level::info, event, pairs);
}
inline void warn(std::string_view event, Pairs pairs = {}) {
  write(Level::warn, event, pairs);
}
inline void error(std::string_view event, Pairs pairs = {}) {
  write(Level::error, event, pairs);
}

// Lets one line through in an interval and counts the others; the next line says how many in "suppressed".
class Throttle {
 public:
  explicit constexpr Throttle(Duration interval) noexcept : interval_(interval) {}

  bool pass(TimePoint now) noexcept;
  // How many were held back since the last call.
  std::uint64_t take_suppressed() noexcept { return suppressed_.exchange(0, std::memory_order_relaxed); }

 private:
  Duration interval_;
  std::atomic<Duration::rep> next_{0};
  std::atomic<std::uint64_t> suppressed_{0};
};

void write(Throttle& throttle, TimePoint now, Level level, std::string_view event, Pairs pairs = {});

inline void warn(Throttle& throttle, TimePoint now, std::string_view event, Pairs pairs = {}) {
  write(throttle, now, Level::warn, event, pairs);
}
inline void error(Throttle& throttle, TimePoint now, std::string_view event, Pairs pairs = {}) {
  write(throttle, now, Level::error, event, pairs);
}

enum class Format : std::uint8_t { text, json };

struct Options {
  Level level = Level::info;
  Format format = Format::text;
  std::string path;  // a file to append to; empty: stderr, in colour where that is a terminal
};

// False when the file cannot be opened; the log then stays as it was.
bool configure(const Options& options);
bool reopen();
Level level() noexcept;

// Everything that is logged goes to `out`, without colour, as long as this lives. For tests.
class Redirect {
 public:
  explicit Redirect(std::ostream& out, Format format = Format::text, Level level = Level::debug);
  Redirect(const Redirect&) = delete;
  ~Redirect();

 private:
  Options before_;
};

}  // namespace sluice::telemetry::log

namespace sluice {
namespace log = telemetry::log;
}
