// Detached: an exchange of its own that asks for the same thing as another one, and owes it nothing from then
// on. For what is done on a request's behalf and outlives its client: a refresh of what is stored, a mirror.
//
//   auto copy = std::make_unique<Detached>(x);            // while x and its client are there
//   x.worker.background.spawn(refresh(std::move(copy)));  // on the same worker
//
//   Task<Unit> refresh(std::unique_ptr<Detached> copy) {
//     auto& y = copy->exchange();
//     auto running = y.onward->run(y);                    // from Phase::upstream on, and its hooks
//     co_await running;
//     ...                                                 // y.response has the head, and the body to pull
//     copy->end();                                        // or its destructor: cut off
//     co_return Unit{};
//   }
//
// Its own are the arena, peer, principal and all text; the snapshot is pinned once more. It has no hooks,
// observers or trace of the other, leaves no access record, counts as no request in flight, and its body is
// none, or one that it was given whole. It waits for the head no longer than the route says, or a minute
// where the route says nothing; how much time the client had left does not concern it. Whoever makes them
// bounds their number.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sluice/exchange.hpp"

namespace sluice::pipeline {

class Detached : public Recycled {
 public:
  // Takes what `x` is at this moment: fields that a filter changed are copied as they are now.
  explicit Detached(const Exchange& x);
  Detached(const Detached&) = delete;
  ~Detached() { end(false); }

  Exchange& exchange() noexcept { return exchange_; }

  // The request's body, whole; it can be sent again.
  void carry(std::string body);
  // Ends the exchange, once: its connection goes back, or is closed where the answer was not read to its end.
  void end(bool complete = true) noexcept;

 private:
  struct Who {
    explicit Who(const Principal& p);
    std::vector<std::string> scopes, roles;
    std::vector<RateLimit> limits;
    Claims claims;
  };

  Peer keep(const Peer& peer);
  std::string_view keep(std::string_view text);
  void keep_request(const Request& request);
  void keep_parameters(std::span<const PathParameter> parameters);
  void keep_principal(const Principal& principal);

  Arena arena_;
  std::optional<ClientCertificate> certificate_;
  std::optional<Who> who_;
  Peer peer_;
  Exchange exchange_;
};

}  // namespace sluice::pipeline
