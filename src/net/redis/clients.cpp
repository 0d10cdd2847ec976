#include "net/redis/clients.hpp"

namespace sluice::net {

RedisOnWorker::Seat::Seat(std::shared_ptr<RedisClients> c, Reactor& reactor, const RedisLookup& lookup)
    : clients(std::move(c)),
      cell(clients->cells_[reactor.worker().index]),
      client(reactor, clients->settings_, lookup, clients->meters_, cell.standing),
      leases(client, clients->meter_) {
  cell.client = &client;
  cell.leases = &leases;
}

void RedisOnWorker::drain() {
  for (auto& seat : seats_) seat.leases.close();
}

void RedisOnWorker::follow(std::shared_ptr<RedisClients> clients) {
  if (clients == followed_) return;
  if (followed_) seats_.back().leases.close();
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
  seat->cell.client = nullptr;
  while (!seat->client.idle()) {
    Bell::Wait for_the_last(never, reactor_.timers(), reactor_.now() + moment);
    co_await for_the_last;
  }
  seats_.erase(seat);
  co_return Unit{};
}

}  // namespace sluice::net
