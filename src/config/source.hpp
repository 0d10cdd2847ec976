// Where the text of a configuration comes from: files and the environment. Tests and fuzzing give their own.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

struct FileText {
  std::string text;
  std::string fault;  // not empty: the file could not be read, and why: "No such file or directory"
};

class FileReader {
 public:
  virtual ~FileReader() = default;
  // At most `limit` bytes; a longer file is a fault.
  virtual FileText read(const std::filesystem::path& path, std::size_t limit) = 0;
  // The files that a pattern with * ? [] names, sorted. A pattern without any of them names itself.
  virtual std::vector<std::filesystem::path> match(const std::string& pattern) = 0;
};

// The value of a variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

FileReader& disk_files();
Environment process_environment();

bool has_wildcard(std::string_view pattern) noexcept;

}  // namespace sluice::config
