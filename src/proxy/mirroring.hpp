// Mirroring: sends copies of requests to a route's mirror, on one worker, and throws the answers away.
//
//   if (auto* mirror = x.route->mirror.get()) mirroring.offer(x, *mirror);      // returns at once
//
// A copy runs in the worker's background, on an exchange of its own: it outlives the client, takes nothing
// from it, and what becomes of it is told by the mirror's metrics alone. A body is collected while it goes to
// the upstream, so that nobody waits for it either; the copy leaves when it is complete.
#pragma once
#include "http/target.hpp"
#include "proxy/mirror.hpp"
#include "upstream/pool.hpp"
#include "upstream/random.hpp"

namespace sluice::proxy {

class Mirroring {
 public:
  Mirroring(Worker& worker, upstream::Connections& connections, std::uint64_t seed) noexcept
      : worker_(worker), connections_(connections), random_(seed) {}
  Mirroring(const Mirroring&) = delete;

  // Before anything of the request is sent, or changed for that.
  void offer(Exchange& x, const Mirror& mirror) const;
  void send(std::unique_ptr<MirrorCopy> copy) const;

 private:
  Task<Unit> run(std::unique_ptr<MirrorCopy> copy) const;
  Task<Result<Unit>> ask(MirrorCopy& copy) const;
  Task<Result<Unit>> converse(MirrorCopy& copy, const http::SplitTarget& target, net::Http1Client& client,
                              std::string_view host) const;

  Worker& worker_;
  upstream::Connections& connections_;
  mutable upstream::Random random_;
};

}  // namespace sluice::proxy
