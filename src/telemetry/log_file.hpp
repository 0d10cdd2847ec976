// The file, pipe or terminal that a log is written to.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::telemetry {

class LogFile {
 public:
  // "stdout", "stderr" or a path, which is made with mode 0640 and appended to. Nothing on failure, with
  // errno. A FIFO that nobody reads is a failure (ENXIO), not a wait.
  static std::optional<LogFile> open(const std::string& path) noexcept;

  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  int descriptor() const noexcept { return descriptor_; }

  // What one write may take once the descriptor is ready, so that it cannot wait: everything for a file,
  // whole lines within PIPE_BUF for a pipe (pipe(7)).
  std::string_view portion(std::string_view lines) const noexcept;

 private:
  LogFile(int descriptor, bool owned) noexcept;

  int descriptor_;
  bool owned_;
  bool patient_;  // takes a write of any size at once: a file, /dev/null
};

}  // namespace sluice::telemetry
