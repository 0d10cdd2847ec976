#include "net/redis/clients.hpp"

namespace sluice::net {

RedisOnWorker::Seat::Seat(std::shared_ptr<RedisClients> c, Reactor& reactor, const RedisLookup& lookup)
    : clients(std::move(c)),
      client(reactor, clients->settings_, lookup, clients->meters_,
             clients->cells_[reactor.worker().index].standing) {
  clients->cells_[reactor.worker().index].client = &client;
}

RedisOnWorker::Seat::~Seat() {
  clients->cells_[client.reactor().worker().index].client = nullptr;
}

void RedisOnWorker::follow(std::shared_ptr<RedisClients> clients) {
  if (clients == followed_) return;
  if (followed_) leaving_.spawn(leave(--seats_.end()));
  followed_ = std::move(clients);
  if (followed_) seats_.emplace_back(followed_, reactor_, lookup_);
}

// Who has not asked by then finds none any more.
Task<Unit> RedisOnWorker::leave(Seats::iterator seat) {
  constexpr Duration moment = 1s;
  Bell never;
  Bell::Wait wait(never, reactor_.timers(), reactor_.now() + grace);
  co_await wait;
  seat->clients->cells_[reactor_.worker().index].client = nullptr;
  while (!seat->client.idle()) {
    Bell::Wait for_the_last(never, reactor_.timers(), reactor_.now() + moment);
    co_await for_the_last;
  }
  seats_.erase(seat);
  co_return Unit{};
}

}  // namespace sluice::net
