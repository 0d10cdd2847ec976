#include "server/listeners.hpp"

#include <algorithm>

namespace sluice::server {

void Listeners::publish(const ListenerPlans& plans) {
  Loops next;
  for (auto& plan : plans) {
    auto& listener = listener_of(plan);
    for (auto& sockets : plan.sockets) accept_from(sockets, listener, next);
  }
  for (auto& loop : loops_)
    if (loop) loop->finish();
  loops_ = std::move(next);
  retire_listeners_not_in(plans);
  forget_finished();
}

Listener& Listeners::listener_of(const ListenerPlan& plan) {
  auto& listener = listeners_[plan.name];
  if (listener)
    listener->use(plan);
  else
    listener = std::make_unique<Listener>(plan, reactor_, handler_, metrics_);
  return *listener;
}

void Listeners::accept_from(const std::shared_ptr<Listening>& sockets, Listener& listener, Loops& next) {
  bool known = false;
  for (auto& loop : loops_)
    if (loop && &loop->listening() == sockets.get()) {
      loop->give_to(listener);
      next.push_back(std::move(loop));
      known = true;
    }
  if (known) return;
  for (int socket : sockets->of_worker(reactor_.worker().index)) {
    next.push_back(std::make_unique<AcceptLoop>(reactor_, sockets, socket));
    next.back()->give_to(listener);
    next.back()->begin();
  }
}

void Listeners::retire_listeners_not_in(const ListenerPlans& plans) {
  for (auto at = listeners_.begin(); at != listeners_.end();) {
    bool stays = std::any_of(plans.begin(), plans.end(), [&](auto& plan) { return plan.name == at->first; });
    if (stays) {
      ++at;
      continue;
    }
    at->second->retire();
    retired_.push_back(std::move(at->second));
    at = listeners_.erase(at);
  }
}

void Listeners::forget_finished() {
  std::erase_if(retired_, [](auto& listener) { return listener->connections() == 0; });
}

void Listeners::stop_accepting() noexcept {
  for (auto& loop : loops_) loop->finish();
  loops_.clear();
}

void Listeners::drain(Duration spread) {
  for (auto& [name, listener] : listeners_) listener->drain(spread);
  for (auto& listener : retired_) listener->drain(spread);
}

void Listeners::cut() {
  for (auto& [name, listener] : listeners_) listener->cut();
  for (auto& listener : retired_) listener->cut();
}

std::size_t Listeners::connections() const noexcept {
  std::size_t sum = 0;
  for (auto& [name, listener] : listeners_) sum += listener->connections();
  for (auto& listener : retired_) sum += listener->connections();
  return sum;
}

}  // namespace sluice::server
