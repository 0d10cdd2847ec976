// The access log that the configuration in force asks for.
//
//   auto next = logs.prepare(config);                       // opened, where it differs from the one in use
//   if (!next) refuse(next.failure());
//   workers.tell_and_wait([&](WorkerParts& w) { w.access_log = logs.of_worker(*next, w); });
//   logs.commit(std::move(*next));                          // the one before is written out and closed
#pragma once
#include <memory>
#include <optional>

#include "config/config.hpp"
#include "server/outcome.hpp"
#include "telemetry/access_log.hpp"

namespace sluice::server {

class AccessLogs {
 public:
  struct Prepared {
    std::optional<telemetry::AccessLogOptions> options;  // nothing: no access log
    std::shared_ptr<telemetry::AccessLog> log;

    telemetry::WorkerLog* worker(std::size_t index) const noexcept {
      return log ? &log->worker(index) : nullptr;
    }
  };

  AccessLogs(unsigned workers, Meter& meter) : workers_(workers), meter_(meter) {}

  Outcome<Prepared> prepare(const config::Config& config);
  // No worker may write to the one before any more.
  void commit(Prepared next) { current_ = std::move(next); }
  void reopen() noexcept {
    if (current_.log) current_.log->reopen();
  }

 private:
  unsigned workers_;
  Meter& meter_;
  Prepared current_;
};

}  // namespace sluice::server
