// Forwarder: sends a request to one of a route's upstreams and brings the head of the answer back, on one
// worker.
//
//   Forwarder forwarder(worker, connections, metrics.worker(index), seed);
//   Gateway gateway(worker, forwarder, metrics, records);
//
// It walks over the endpoints that the balancer names, as long as a connection cannot be made; what broke on
// a reused connection before a byte of the answer is tried once more on another, where repeating is harmless.
#pragma once
#include <cstdint>

#include "proxy/choice.hpp"
#include "proxy/conversation.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/rewrite.hpp"
#include "proxy/upload.hpp"
#include "telemetry/worker_metrics.hpp"
#include "upstream/random.hpp"
#include "upstream/upstream.hpp"

namespace sluice::proxy {

class Forwarder final : public Forwarding {
 public:
  Forwarder(Worker& worker, upstream::Connections& connections, telemetry::WorkerMetrics& metrics,
            std::uint64_t seed) noexcept
      : worker_(worker), connections_(connections), metrics_(metrics), random_(seed) {}

  Task<Result<Unit>> forward(Exchange& x, const Forward& to, ResponseSink* interim) const override;

 private:
  // One exchange's way to one upstream.
  struct Way {
    Exchange& x;
    upstream::Upstream& upstream;
    ResponseSink* interim;
    http::SplitTarget target;
    Upload upload;
  };

  Task<Result<Unit>> attempt(Way& way, upstream::Endpoint& endpoint) const;
  Task<Result<Unit>> ask(Way& way, const Conversation::Ref& c) const;
  Task<Result<Unit>> receive(Way& way, const Conversation::Ref& c) const;
  Result<Unit> take_answer(Way& way, const Conversation::Ref& c) const;
  void count(const Way& way, const upstream::Endpoint& endpoint, std::uint16_t status) const noexcept;

  Worker& worker_;
  upstream::Connections& connections_;
  telemetry::WorkerMetrics& metrics_;
  mutable upstream::Random random_;
};

}  // namespace sluice::proxy
