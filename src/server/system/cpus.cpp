#include "server/system/cpus.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace sluice::server {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

unsigned cpus_of_affinity() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

// The path of this process's group below /sys/fs/cgroup: the line "0::/path" of cgroup v2.
fs::path own_group() {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);)
    if (line.starts_with("0::/")) return line.substr(4);
  return {};
}

// The narrowest quota from the process's group up to the root.
std::optional<double> quota_of_groups() {
  std::optional<double> narrowest;
  for (fs::path group = own_group();; group = group.parent_path()) {
    auto quota = cpu_quota(first_line("/sys/fs/cgroup" / group / "cpu.max"));
    if (quota) narrowest = std::min(*quota, narrowest.value_or(*quota));
    if (group.empty()) return narrowest;
  }
}

}  // namespace

std::optional<double> cpu_quota(std::string_view cpu_max) noexcept {
  auto space = cpu_max.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  auto number = [](std::string_view text) {
    unsigned long long n = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), n);
    return fault == std::errc() && end == text.data() + text.size() ? n : 0;
  };
  auto quota = number(cpu_max.substr(0, space));
  auto period = number(cpu_max.substr(space + 1));
  if (quota == 0 || period == 0) return std::nullopt;
  return static_cast<double>(quota) / static_cast<double>(period);
}

unsigned bounded_cpus(unsigned available, std::optional<double> quota) noexcept {
  auto bound = quota ? std::min(*quota, 1.0 * available) : 1.0 * available;
  return std::max(1u, static_cast<unsigned>(bound));
}

unsigned usable_cpus() {
  return bounded_cpus(cpus_of_affinity(), quota_of_groups());
}

}  // namespace sluice::server
