// The process without its outside: what one configuration after another is published to. It knows no signals
// and no admin endpoint; server/run.cpp gives it those.
//
//   auto process = Process::start(load(file, ...), filter_kinds());   // sockets are open, workers serve
//   ReloadReport report = (*process)->reload(load(file, ...));
//   (*process)->drain(spread); while ((*process)->busy() != Busy::no) ...   // then its end
//
// One thread calls it: the control thread. standing() and metrics() may be read from others.
#pragma once
#include <memory>

#include "config/load.hpp"
#include "server/access_logs.hpp"
#include "server/listener_resources.hpp"
#include "server/standing.hpp"
#include "server/workers.hpp"

namespace sluice::server {

class Process {
 public:
  // Opens sockets, becomes the configured user, starts the workers, publishes. The failure has a line for
  // each thing that is wrong.
  static Outcome<std::unique_ptr<Process>> start(std::shared_ptr<const config::Config> config,
                                                 std::span<const FilterKind> filters);
  Process(const Process&) = delete;
  ~Process();

  // Takes a configuration whole or not at all; what came of it is logged, counted and told.
  ReloadReport reload(const config::Loaded& loaded);

  // A file of endpoints may have changed; it is read here.
  void look_into(const std::filesystem::path& endpoints);

  void reopen_logs() noexcept;

  // Has worker 0 run `f`; any thread.
  void on_worker(std::function<void(Worker&)> f) { workers_.tell_first(std::move(f)); }

  // ---- the end, in this order
  // No new connections; idle ones close, the others after the exchange that they are in.
  // WebSockets are told one after the other, within `spread`.
  void drain(Duration spread);
  Busy busy() { return workers_.busy(); }
  // What is left ends now.
  void cut();

  Standing& standing() noexcept { return standing_; }
  const telemetry::Metrics& metrics() const noexcept { return metrics_; }
  unsigned workers() const noexcept { return workers_.count(); }

 private:
  Process(unsigned workers, std::span<const FilterKind> filters);

  using Faults = std::vector<std::string>;
  // Everything that can fail, then publish(): nothing changes where there are faults.
  Faults apply(std::shared_ptr<const config::Config> config, const OpenedListeners& opened,
               std::vector<std::string>& warnings);
  Faults try_reload(const config::Loaded& loaded, std::vector<std::string>& warnings);
  void publish(std::shared_ptr<const Published> next, AccessLogs::Prepared log);

  telemetry::Metrics metrics_;
  ListenerResources resources_;
  AccessLogs access_logs_;
  Workers workers_;
  upstream::Registry endpoints_;
  Registries registries_;
  Standing standing_;
  std::uint64_t version_ = 0;
};

}  // namespace sluice::server
