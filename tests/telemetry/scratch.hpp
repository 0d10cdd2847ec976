// Help for tests that touch the file system and other threads.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>

#include "telemetry/metrics.hpp"

namespace sluice::telemetry {

// A directory that is gone when the test is over.
class Scratch {
 public:
  Scratch() {
    auto pattern = (std::filesystem::temp_directory_path() / "sluice-telemetry-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  std::string operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Waits for what another thread will do; false if it does not within ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// The page's samples by what stands before their value: name{label="value",...}.
inline std::map<std::string, double> samples(const std::string& page) {
  std::map<std::string, double> found;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    auto space = line.rfind(' ');
    auto [at, fresh] = found.emplace(line.substr(0, space), std::stod(line.substr(space + 1)));
    EXPECT_TRUE(fresh) << "twice on one page: " << line;
  }
  return found;
}

inline double sample(const Metrics& metrics, const std::string& series) {
  auto all = samples(metrics.text());
  auto found = all.find(series);
  return found == all.end() ? -1 : found->second;
}

}  // namespace sluice::telemetry
