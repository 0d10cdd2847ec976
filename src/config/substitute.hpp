// ${VAR}, ${VAR:-default}, ${file:/path} and $${ in the scalars of a document.
#pragma once
#include <filesystem>
#include <vector>

#include "config/document.hpp"
#include "config/source.hpp"

namespace sluice::config {

class Substitution {
 public:
  Substitution(FileReader& files, const Environment& environment, Problems& problems)
      : files_(files), environment_(environment), problems_(problems) {}

  // Every scalar below `node`; keys are left alone. `path` is the node's.
  void apply(Node& node, const std::string& path = "");

  // The files that values came from.
  const std::vector<std::filesystem::path>& read() const noexcept { return read_; }

  static constexpr std::size_t file_limit = 1 << 20;

 private:
  struct Expanded {
    std::string text;
    bool secret = false;
  };

  void expand(Node& scalar, const std::string& path);
  // What stands between "${" and "}"; false: an error was reported.
  bool append(std::string_view inside, const Node& scalar, const std::string& path, Expanded& to);
  bool append_file(std::string_view name, const Node& scalar, const std::string& path, Expanded& to);

  FileReader& files_;
  const Environment& environment_;
  Problems& problems_;
  std::vector<std::filesystem::path> read_;
};

}  // namespace sluice::config
