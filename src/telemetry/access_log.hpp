// The access log: a worker formats a line into its own buffer, one thread for the process writes the buffers
// out.
//
//   auto log = AccessLog::open({.path = "stdout"}, workers, metrics);   // Result; the reason of a failure is
//   logged
//   (*log)->worker(index).write(record);    // worker thread: no lock, no allocation, no system call but one
//                                           // wake-up a page
//   (*log)->reopen();                       // SIGUSR1
//   log = ...;                              // destruction writes out what is there, then stops
//
// A worker never waits: when its pages are full because the writer cannot keep up, the line is dropped and
// counted in sluice_access_log_dropped_total. A line waits at most `flush` before it is written.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "sluice/metrics.hpp"
#include "sluice/result.hpp"
#include "telemetry/access_format.hpp"
#include "telemetry/access_record.hpp"
#include "telemetry/log_pages.hpp"

namespace sluice::telemetry {

struct AccessLogOptions {
  std::string path = "stdout";  // stdout | stderr | a file, made with mode 0640 and appended to
  AccessFormat format = AccessFormat::json;
  bool query = false;      // whether the query stands in the line
  double sample = 1.0;     // share of requests, 0 to 1, chosen by request id: the same on every replica
  std::size_t pages = 16;  // of 64 KiB for each worker
  std::chrono::milliseconds flush{250};
  std::chrono::milliseconds grace{1000};  // what destruction waits for a reader that does not read
};

// A worker's end of the log. Its thread alone calls it.
class WorkerLog {
 public:
  WorkerLog(const AccessLogOptions& options, std::size_t index, Counter dropped, int wake);

  void write(const AccessRecord& record) noexcept;

 private:
  friend class LogWriter;
  bool sampled(std::string_view request_id) const noexcept;

  AccessFormatter formatter_;
  LogPages pages_;
  std::uint64_t threshold_;  // of the request id's hash
  std::size_t index_;
  Counter dropped_;
  int wake_;
};

class LogWriter;

class AccessLog {
 public:
  static Result<std::unique_ptr<AccessLog>> open(const AccessLogOptions& options, std::size_t workers,
                                                 Meter& meter);
  // No worker may be writing any more.
  ~AccessLog();

  WorkerLog& worker(std::size_t index) noexcept;
  // Any thread; safe in a signal handler. The file is opened again by its name, after what was written
  // before; on failure the old one stays and an error is logged.
  void reopen() noexcept;

 private:
  explicit AccessLog(std::unique_ptr<LogWriter> writer);
  std::unique_ptr<LogWriter> writer_;
};

}  // namespace sluice::telemetry
