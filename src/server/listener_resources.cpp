#include "server/listener_resources.hpp"

#include "telemetry/log.hpp"

namespace sluice::server {

Outcome<OpenedListeners> ListenerResources::open(const config::Config& config) {
  OpenedListeners all;
  for (auto& [name, listener] : config.listeners) {
    auto& resource = all[name];
    resource.connections = count(name);
    for (auto& address : listener.bind) {
      auto opened = socket(address, listener.backlog);
      if (!opened) return Failure{"listeners." + name + ": " + opened.failure()};
      resource.sockets.push_back(std::move(*opened));
    }
  }
  return all;
}

Outcome<std::shared_ptr<Listening>> ListenerResources::socket(const config::Address& address,
                                                              std::uint32_t backlog) {
  auto& known = sockets_[address.to_string()];
  if (auto open = known.lock(); open && !open->ended()) {
    open->set_backlog(backlog);
    return open;
  }
  auto opened = open_listening(address, {.workers = workers_, .backlog = backlog});
  if (!opened) return opened;
  known = *opened;
  log::info("listener.open", {{"address", (*opened)->actual_address().to_string()}});
  return opened;
}

std::shared_ptr<ConnectionLimits> ListenerResources::count(const std::string& listener) {
  auto& known = counts_[listener];
  auto count = known.lock();
  if (!count) known = count = std::make_shared<ConnectionLimits>();
  return count;
}

void attach(const OpenedListeners& opened, ListenerPlans& plans) {
  for (auto& plan : plans) {
    auto& resource = opened.at(plan.name);
    plan.connections = resource.connections;
    plan.sockets = resource.sockets;
  }
}

}  // namespace sluice::server
