// How many processors this process may use: those of its affinity mask, bounded by its cgroup's quota.
//
//   unsigned workers = usable_cpus();
#pragma once
#include <optional>
#include <string_view>

namespace sluice::server {

// At least 1.
unsigned usable_cpus();

// Of a cgroup's cpu.max: "150000 100000" is 1.5 processors, "max 100000" is no bound.
std::optional<double> cpu_quota(std::string_view cpu_max) noexcept;
// A quota is rounded down, because a worker that is throttled stalls its clients; at least 1.
unsigned bounded_cpus(unsigned available, std::optional<double> quota) noexcept;

}  // namespace sluice::server
