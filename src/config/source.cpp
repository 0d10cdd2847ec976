#include "config/source.hpp"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sluice::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const char* path) noexcept : fd_(::open(path, O_RDONLY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  operator int() const noexcept { return fd_; }

 private:
  int fd_;
};

FileText fault(int number) {
  return {"", std::strerror(number)};
}

class DiskFiles final : public FileReader {
 public:
  FileText read(const std::filesystem::path& path, std::size_t limit) override {
    Descriptor file(path.c_str());
    if (file < 0) return fault(errno);
    FileText result;
    std::array<char, 16384> part;
    for (;;) {
      auto n = ::read(file, part.data(), part.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fault(errno);
      if (n == 0) return result;
      result.text.append(part.data(), static_cast<std::size_t>(n));
      if (result.text.size() > limit) return {"", "larger than " + std::to_string(limit) + " bytes"};
    }
  }

  std::vector<std::filesystem::path> match(const std::string& pattern) override {
    if (!has_wildcard(pattern)) return {pattern};
    std::vector<std::filesystem::path> all;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      all.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return all;
  }
};

}  // namespace

FileReader& disk_files() {
  static DiskFiles files;
  return files;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    if (auto* value = std::getenv(name.c_str())) return value;
    return std::nullopt;
  };
}

bool has_wildcard(std::string_view pattern) noexcept {
  return pattern.find_first_of("*?[") != pattern.npos;
}

}  // namespace sluice::config
