// The connections of all workers to one Redis, each on its own worker.
//
//   auto clients = std::make_shared<RedisClients>(settings, workers, meter);      // a configuration's
//   RedisOnWorker redis(reactor, lookup);                                         // a worker's
//   redis.follow(clients);                                                        // publish
//   if (auto* client = clients->at(x.worker)) client->command(...)
//
// A configuration with another Redis brings its own; those of the one before stay for a minute, for requests
// that still belong to it.
#pragma once
#include <list>
#include <memory>
#include <vector>

#include "net/redis/client.hpp"
#include "net/redis/leases.hpp"

namespace sluice::net {

class RedisClients {
 public:
  RedisClients(RedisSettings settings, unsigned workers, Meter& meter)
      : settings_(std::make_shared<const RedisSettings>(std::move(settings))),
        meter_(meter),
        meters_(meter),
        cells_(workers) {}
  RedisClients(const RedisClients&) = delete;

  // On the worker. Null: it has no connection, not yet or not any more.
  RedisClient* at(const Worker& worker) const noexcept { return cells_[worker.index].client; }
  // Of that connection; there exactly where it is.
  RedisLeases& leases(const Worker& worker) const noexcept { return *cells_[worker.index].leases; }
  const RedisSettings& settings() const noexcept { return *settings_; }

  // Any thread.
  unsigned workers() const noexcept { return static_cast<unsigned>(cells_.size()); }
  const RedisStanding& standing(unsigned worker) const noexcept { return cells_[worker].standing; }

 private:
  friend class RedisOnWorker;  // fills its worker's cell
  struct alignas(64) Cell {
    RedisClient* client = nullptr;
    RedisLeases* leases = nullptr;
    RedisStanding standing;
  };
  std::shared_ptr<const RedisSettings> settings_;
  Meter& meter_;
  RedisMeters meters_;
  std::vector<Cell> cells_;
};

class RedisOnWorker {
 public:
  static constexpr Duration grace = 60s;

  RedisOnWorker(Reactor& reactor, RedisLookup lookup) : reactor_(reactor), lookup_(std::move(lookup)) {}
  RedisOnWorker(const RedisOnWorker&) = delete;

  // Null: no Redis any more.
  void follow(std::shared_ptr<RedisClients> clients);
  // The process is about to end: leases go back. What is asked for afterwards has none.
  void drain();
  // Of the Redis that is followed, and of those before.
  std::size_t connections() const noexcept { return seats_.size(); }

 private:
  struct Seat {
    std::shared_ptr<RedisClients> clients;
    RedisClients::Cell& cell;
    RedisClient client;
    RedisLeases leases;
    Seat(std::shared_ptr<RedisClients> c, Reactor& reactor, const RedisLookup& lookup);
    ~Seat() { cell.client = nullptr; }
  };
  using Seats = std::list<Seat>;
  Task<Unit> leave(Seats::iterator seat);

  Reactor& reactor_;
  RedisLookup lookup_;
  Seats seats_;  // the last is the one that is followed, if any is
  std::shared_ptr<RedisClients> followed_;
  Scope leaving_;
};

}  // namespace sluice::net
