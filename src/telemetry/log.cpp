#include "telemetry/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>

namespace sluice::telemetry::log {
namespace {

using Sink = std::shared_ptr<spdlog::sinks::sink>;

// The default logger. Its one sink is replaced under the lock of the distributing sink, so that a reopen
// never meets a line half written.
struct Output {
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sinks = std::make_shared<spdlog::sinks::dist_sink_mt>();
  spdlog::logger logger{"sluice", sinks};
  std::atomic<Level> level{Level::info};
  std::atomic<Format> format{Format::text};
  std::mutex mutex;  // guards options
  Options options;

  Output() {
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::trace);
    set(std::make_shared<spdlog::sinks::stderr_color_sink_mt>(), options);
  }

  void set(Sink sink, const Options& chosen) {
    const char* pattern = chosen.format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)"
                                                        : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v";
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    options = chosen;
    format.store(chosen.format, std::memory_order_relaxed);
    level.store(chosen.level, std::memory_order_relaxed);
    sinks->set_sinks({std::move(sink)});
  }
};

// Never destroyed: what ends after main() may still log.
Output& output() {
  static Output& instance = *new Output();
  return instance;
}

spdlog::level::level_enum native(Level level) noexcept {
  static constexpr spdlog::level::level_enum levels[] = {
      spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err, spdlog::level::off};
  return levels[static_cast<std::size_t>(level)];
}

const char* name(Level level) noexcept {
  static constexpr const char* names[] = {"debug", "info", "warn", "error", "off"};
  return names[static_cast<std::size_t>(level)];
}

std::string quoted(std::string_view text, bool ascii) {
  constexpr int compact = -1;
  return nlohmann::json(text).dump(compact, ' ', ascii, nlohmann::json::error_handler_t::replace);
}

bool plain(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '='; });
}

// Text that could be taken for two values, or for an order to the terminal, is quoted.
std::string text_of(const Value& value) {
  if (auto* text = std::get_if<std::string_view>(&value.get()))
    return plain(*text) ? std::string(*text) : quoted(*text, true);
  return std::visit([](auto v) { return nlohmann::json(v).dump(); }, value.get());
}

std::string json_of(const Value& value) {
  if (auto* text = std::get_if<std::string_view>(&value.get())) return quoted(*text, false);
  return std::visit([](auto v) { return nlohmann::json(v).dump(); }, value.get());
}

std::string text_line(std::string_view event, Pairs pairs, std::uint64_t suppressed) {
  std::string line(event);
  for (auto& pair : pairs) line.append(" ").append(pair.key).append("=").append(text_of(pair.value));
  if (suppressed != 0) line.append(" suppressed=").append(std::to_string(suppressed));
  return line;
}

// What follows the time that the sink's pattern begins the object with.
std::string json_line(Level level, std::string_view event, Pairs pairs, std::uint64_t suppressed) {
  auto line = R"("level":")" + std::string(name(level)) + R"(","event":)" + quoted(event, false);
  for (auto& pair : pairs)
    line.append(",").append(quoted(pair.key, false)).append(":").append(json_of(pair.value));
  if (suppressed != 0) line.append(R"(,"suppressed":)").append(std::to_string(suppressed));
  return line + "}";
}

void emit(Level level, std::string_view event, Pairs pairs, std::uint64_t suppressed) {
  auto& out = output();
  bool json = out.format.load(std::memory_order_relaxed) == Format::json;
  out.logger.log(native(level), spdlog::string_view_t(json ? json_line(level, event, pairs, suppressed)
                                                           : text_line(event, pairs, suppressed)));
}

bool enabled(Level level) noexcept {
  return level >= output().level.load(std::memory_order_relaxed);
}

// Null when the file cannot be opened.
Sink open(const std::string& path) try {
  if (path.empty()) return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  return std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
} catch (const spdlog::spdlog_ex&) {
  return nullptr;
}

}  // namespace

void write(Level level, std::string_view event, Pairs pairs) {
  if (enabled(level)) emit(level, event, pairs, 0);
}

void write(Throttle& throttle, TimePoint now, Level level, std::string_view event, Pairs pairs) {
  if (enabled(level) && throttle.pass(now)) emit(level, event, pairs, throttle.take_suppressed());
}

bool Throttle::pass(TimePoint now) noexcept {
  auto at = now.time_since_epoch().count();
  auto next = next_.load(std::memory_order_relaxed);
  if (at >= next && next_.compare_exchange_strong(next, at + interval_.count(), std::memory_order_relaxed))
    return true;
  suppressed_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool configure(const Options& options) {
  auto sink = open(options.path);
  if (!sink) return false;
  std::lock_guard lock(output().mutex);
  output().set(std::move(sink), options);
  return true;
}

bool reopen() {
  std::unique_lock lock(output().mutex);
  auto options = output().options;
  lock.unlock();
  return configure(options);
}

Level level() noexcept {
  return output().level.load(std::memory_order_relaxed);
}

Redirect::Redirect(std::ostream& out, Format format, Level level) {
  std::lock_guard lock(output().mutex);
  before_ = output().options;
  Options options{.level = level, .format = format, .path = before_.path};
  output().set(std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true), options);
}

Redirect::~Redirect() {
  configure(before_);
}

}  // namespace sluice::telemetry::log
