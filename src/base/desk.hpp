// Waits that another thread answers. The other thread holds a ticket, never a pointer into a coroutine frame;
// the answer comes back through the mailbox, and a ticket for a seat that is empty or taken by somebody else
// since is ignored.
//
//   auto ticket = desk.sit(waiter.resolver());
//   other.mailbox.post([=, &desk] { worker.mailbox.post([=, &desk] { desk.answer(ticket, value); }); });
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "sluice/waiter.hpp"

namespace sluice::base {

template <class T>
class Desk {
 public:
  struct Ticket {
    std::uint32_t seat;
    std::uint32_t generation;
  };

  Ticket sit(Resolver<T> resolver) {
    for (std::uint32_t i = 0; i < seats_.size(); ++i)
      if (!seats_[i].resolver.wanted()) {
        seats_[i].resolver = std::move(resolver);
        return {i, ++seats_[i].generation};
      }
    seats_.push_back({std::move(resolver), 1});
    return {static_cast<std::uint32_t>(seats_.size() - 1), 1};
  }

  void answer(Ticket ticket, Result<T> result) {
    auto& seat = seats_[ticket.seat];
    if (seat.generation == ticket.generation) seat.resolver(std::move(result));
  }

 private:
  struct Seat {
    Resolver<T> resolver;
    std::uint32_t generation;
  };
  std::vector<Seat> seats_;
};

}  // namespace sluice::base
