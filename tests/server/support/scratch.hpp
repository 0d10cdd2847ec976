// A directory for one test, gone with it.
#pragma once
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace sluice::server::testing {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

  // Replaced by a rename, as editors do, so that no reader sees half of it.
  std::string write(const std::string& name, const std::string& text) const {
    auto to = path_ / name;
    auto next = to.string() + ".next";
    std::ofstream(next) << text;
    std::filesystem::rename(next, to);
    return to.string();
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace sluice::server::testing
