// The thread that writes the workers' pages out.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sluice/metrics.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/log.hpp"
#include "telemetry/log_file.hpp"

namespace sluice::telemetry {

class LogWriter {
 public:
  LogWriter(const AccessLogOptions& options, LogFile file, std::size_t workers, Meter& meter);
  LogWriter(const LogWriter&) = delete;
  ~LogWriter();

  WorkerLog& worker(std::size_t index) noexcept { return *workers_[index]; }
  void reopen() noexcept;

 private:
  void run();
  void pause() noexcept;
  void write_out();
  void write(std::string_view lines);
  bool writable() noexcept;
  void open_again();
  void lost(std::string_view lines) noexcept;
  std::optional<int> patience() noexcept;

  AccessLogOptions options_;
  LogFile file_;
  int wake_;  // eventfd: a page is full, reopen() or the end
  Counter lost_;
  std::vector<std::unique_ptr<WorkerLog>> workers_;
  log::Throttle complaints_{std::chrono::seconds(10)};
  std::atomic<bool> reopen_{false};
  std::atomic<bool> stopping_{false};
  std::optional<TimePoint> end_;  // of the patience with a reader that does not read
  std::thread thread_;
};

}  // namespace sluice::telemetry
