#include "telemetry/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <utility>

namespace sluice::telemetry {

std::optional<LogFile> LogFile::open(const std::string& path) noexcept {
  if (path == "stdout") return LogFile(STDOUT_FILENO, false);
  if (path == "stderr") return LogFile(STDERR_FILENO, false);
  constexpr mode_t mode = 0640;
  int descriptor =
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
  if (descriptor < 0) return std::nullopt;
  return LogFile(descriptor, true);
}

LogFile::LogFile(int descriptor, bool owned) noexcept : descriptor_(descriptor), owned_(owned) {
  struct stat status {};
  bool known = fstat(descriptor, &status) == 0;
  patient_ = known && (S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && isatty(descriptor) == 0));
}

LogFile::LogFile(LogFile&& other) noexcept
    : descriptor_(other.descriptor_), owned_(std::exchange(other.owned_, false)), patient_(other.patient_) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(owned_, other.owned_);
  std::swap(patient_, other.patient_);
  return *this;
}

LogFile::~LogFile() {
  if (owned_) ::close(descriptor_);
}

std::string_view LogFile::portion(std::string_view lines) const noexcept {
  if (patient_ || lines.size() <= PIPE_BUF) return lines;
  auto end = lines.rfind('\n', PIPE_BUF - 1);
  return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

}  // namespace sluice::telemetry
