// What is being served at the moment, for those who ask from other threads: the admin endpoint.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/build.hpp"

namespace sluice::server {

// A configuration that is in force, and what was built from it. Immutable.
struct Published {
  std::uint64_t version = 0;
  WallPoint at;
  std::shared_ptr<const config::Config> config;
  Built built;
};

// What came of the last attempt to load a configuration.
struct ReloadReport {
  bool taken = false;
  std::uint64_t version = 0;  // that is in force afterwards
  WallPoint at;
  std::vector<std::string> errors, warnings;
};

class Standing {
 public:
  // Null before the first one.
  std::shared_ptr<const Published> published() const {
    std::lock_guard lock(mutex_);
    return published_;
  }
  void set(std::shared_ptr<const Published> p) {
    std::lock_guard lock(mutex_);
    published_.swap(p);
  }

  ReloadReport last_reload() const {
    std::lock_guard lock(mutex_);
    return report_;
  }
  void set(ReloadReport report) {
    std::lock_guard lock(mutex_);
    report_ = std::move(report);
  }

  void drain() noexcept { draining_ = true; }
  bool draining() const noexcept { return draining_; }
  bool ready() const { return published() && !draining(); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Published> published_;
  ReloadReport report_;
  std::atomic<bool> draining_{false};
};

}  // namespace sluice::server
