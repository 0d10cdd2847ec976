#include "telemetry/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::telemetry {
namespace {

double open_descriptors() {
  std::error_code failed;
  std::filesystem::directory_iterator entries("/proc/self/fd", failed);
  if (failed) return 0;
  return static_cast<double>(std::distance(begin(entries), end(entries)) -
                             1);  // less the one that lists them
}

double descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

double resident_memory() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double processor_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void collect_process(WallPoint started, std::vector<prometheus::MetricFamily>& families) {
  auto gauge = [&families](const char* name, const char* help, double value) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    families.push_back({name, help, prometheus::MetricType::Gauge, {std::move(metric)}});
  };
  gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
        std::chrono::duration<double>(started.time_since_epoch()).count());
  gauge("process_open_fds", "Open file descriptors.", open_descriptors());
  gauge("process_max_fds", "How many descriptors may be open.", descriptor_limit());
  gauge("process_resident_memory_bytes", "Resident memory.", resident_memory());
  prometheus::ClientMetric processor;
  processor.counter.value = processor_time();
  families.push_back({"process_cpu_seconds_total",
                      "User and system time that was used.",
                      prometheus::MetricType::Counter,
                      {std::move(processor)}});
}

}  // namespace sluice::telemetry
