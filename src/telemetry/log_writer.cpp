#include "telemetry/log_writer.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace sluice::telemetry {
namespace {

int make_wake() {
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return descriptor;
}

Counter dropped(Meter& meter, const char* cause) {
  return meter.counter({"sluice_access_log_dropped_total",
                        "Access log lines that were not written: the writer was behind, or writing failed.",
                        {{"cause", cause}}});
}

std::string error_text() {
  return std::generic_category().message(errno);
}

}  // namespace

LogWriter::LogWriter(const AccessLogOptions& options, LogFile file, std::size_t workers, Meter& meter)
    : options_(options), file_(std::move(file)), wake_(make_wake()), lost_(dropped(meter, "write")) {
  for (std::size_t i = 0; i < workers; ++i)
    workers_.push_back(std::make_unique<WorkerLog>(options, i, dropped(meter, "behind"), wake_));
  thread_ = std::thread([this] { run(); });
}

LogWriter::~LogWriter() {
  stopping_.store(true, std::memory_order_release);
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

void LogWriter::reopen() noexcept {
  reopen_.store(true, std::memory_order_release);
  eventfd_write(wake_, 1);
}

void LogWriter::run() {
  // Signals are other threads' business, and a reader that is gone is an error of write().
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  pthread_setname_np(pthread_self(), "access-log");
  for (bool last = false; !last;) {
    pause();
    last = stopping_.load(std::memory_order_acquire);
    bool again = reopen_.exchange(false, std::memory_order_acq_rel);
    write_out();
    if (again) open_again();
  }
}

void LogWriter::pause() noexcept {
  pollfd wake{wake_, POLLIN, 0};
  poll(&wake, 1, static_cast<int>(options_.flush.count()));
  eventfd_t ignored;
  eventfd_read(wake_, &ignored);
}

void LogWriter::write_out() {
  for (auto& worker : workers_)
    worker->pages_.drain([this](std::string_view lines) {
      write(lines);
      return true;
    });
}

void LogWriter::write(std::string_view lines) {
  while (!lines.empty()) {
    if (!writable()) return lost(lines);
    auto portion = file_.portion(lines);
    auto written = ::write(file_.descriptor(), portion.data(), portion.size());
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (written < 0) {
      log::error(complaints_, Clock::now(), "access_log.write",
                 {{"path", options_.path}, {"error", error_text()}});
      return lost(lines);
    }
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Waits until the file takes more; false when the end has come and the reader still does not read.
bool LogWriter::writable() noexcept {
  for (;;) {
    auto wait = patience();
    pollfd either[] = {{file_.descriptor(), POLLOUT, 0}, {wake_, POLLIN, 0}};
    if (poll(either, wait ? 1 : 2, wait.value_or(-1)) < 0 && errno != EINTR) return true;
    if (either[0].revents != 0) return true;
    if (wait && *wait == 0) return false;
    eventfd_t ignored;
    eventfd_read(wake_, &ignored);
  }
}

// Milliseconds left once stopping began; nothing before, for as long as it takes.
std::optional<int> LogWriter::patience() noexcept {
  if (!stopping_.load(std::memory_order_acquire)) return std::nullopt;
  auto now = Clock::now();
  if (!end_) end_ = now + options_.grace;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(*end_ - now).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void LogWriter::open_again() {
  if (auto file = LogFile::open(options_.path))
    file_ = std::move(*file);
  else
    log::error("access_log.reopen", {{"path", options_.path}, {"error", error_text()}});
}

void LogWriter::lost(std::string_view lines) noexcept {
  lost_.add_elsewhere(static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')));
}

}  // namespace sluice::telemetry
