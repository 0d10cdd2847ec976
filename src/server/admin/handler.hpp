// What the admin endpoint answers.
//
//   AdminHandler handler(config.admin, standing, facts, ports);
//   AdminReply reply = handler.answer(request);       // the admin thread; POST /reload waits for its end
#pragma once
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <span>

#include "server/admin/guard.hpp"
#include "server/admin/limits.hpp"
#include "server/admin/reply.hpp"
#include "server/admin/status.hpp"

namespace sluice::server {

// What it may ask of the process; called on the admin thread.
struct AdminPorts {
  std::function<std::string()> metrics;               // in Prometheus' text format
  std::function<std::future<ReloadReport>()> reload;  // told to the control thread
  std::function<void()> drain;                        // likewise
  OnWorker on_worker;
};

class AdminHandler {
 public:
  // `admin`: what holds until a configuration is published; then its own settings do.
  AdminHandler(const config::Admin& admin, const Standing& standing, ProcessFacts facts, AdminPorts ports);

  // A HEAD is answered as a GET; whoever sends it leaves the body out.
  AdminReply answer(const AdminRequest& request);
  // Ends the waiting of answer(); any thread.
  void stop() noexcept { stopping_ = true; }

 private:
  // What was asked, by whom: `names` stand in the path where the page's has `{}`.
  struct Asked {
    const AdminRequest& request;
    const AdminGuard& guard;
    const std::vector<std::string>& names;
  };
  struct Page {
    std::string_view path, method;
    AdminReply (AdminHandler::*make)(const Asked&);
  };
  static const std::span<const Page> pages;

  AdminReply metrics(const Asked&);
  AdminReply healthz(const Asked&);
  AdminReply readyz(const Asked&);
  AdminReply status(const Asked&);
  AdminReply config(const Asked&);
  AdminReply reload(const Asked&);
  AdminReply drain(const Asked&);
  AdminReply mode(const Asked& asked);
  AdminReply change(const Asked& asked);
  AdminReply weights(const Asked& asked);
  AdminReply purge(const Asked& asked);
  AdminReply limit(const Asked& asked);
  AdminReply reset(const Asked& asked);

  AdminGuard guard() const;

  const config::Admin first_;
  const Standing& standing_;
  const ProcessFacts facts_;
  const AdminPorts ports_;
  std::atomic<bool> stopping_{false};
};

}  // namespace sluice::server
