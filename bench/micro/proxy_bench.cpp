// What routing costs with ten, a thousand and ten thousand routes, what all of serve() costs above the
// session and below the forwarder, and what a side of a split and a copy of an exchange cost.
#include <benchmark/benchmark.h>

#include <deque>
#include <string>

#include "base/frame_pool.hpp"
#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "pipeline/detached.hpp"
#include "proxy/serve.hpp"
#include "proxy/split.hpp"

namespace sluice::proxy {
namespace {

config::PathPattern pattern(const std::string& path) {
  return std::get<config::PathPattern>(config::PathPattern::parse(path));
}

// As an API has them: services, each with a handful of resources.
struct Api {
  std::deque<config::Route> routes;
  std::deque<std::string> names;
  Router router;

  explicit Api(std::size_t count) {
    std::vector<Rule> rules;
    const char* shapes[] = {"", "/{id}", "/{id}/orders", "/{id}/orders/{order}", "/{id}/files/{rest...}"};
    for (std::size_t i = 0; i < count; ++i) {
      auto& r = routes.emplace_back();
      r.match.pattern = pattern("/v1/service-" + std::to_string(i / 5) + shapes[i % 5]);
      names.push_back("r" + std::to_string(i));
      rules.push_back({names.back(), &r, false});
    }
    router = Router(rules);
  }
};

void route(benchmark::State& state) {
  Api api(static_cast<std::size_t>(state.range(0)));
  Arena arena;
  auto path = "/v1/service-" + std::to_string(state.range(0) / 10) + "/4711/orders/42";
  for (auto _ : state) {
    arena.reset();
    Request request(arena);
    request.path = path;
    request.host = "api.example.com";
    auto choice = api.router.choose(request, "public", arena);
    if (choice.how != Choice::How::route) state.SkipWithError("no route");
    benchmark::DoNotOptimize(choice);
  }
}
BENCHMARK(route)->Arg(10)->Arg(1000)->Arg(10000);

void route_not_found(benchmark::State& state) {
  Api api(static_cast<std::size_t>(state.range(0)));
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    Request request(arena);
    request.path = "/v1/service-none/4711/orders/42";
    auto choice = api.router.choose(request, "public", arena);
    benchmark::DoNotOptimize(choice);
  }
}
BENCHMARK(route_not_found)->Arg(10)->Arg(10000);

class ReadyForwarding final : public Forwarding {
 public:
  Task<Result<Unit>> forward(Exchange& x, const Forward&, ResponseSink*) const override {
    x.response.status = 200;
    co_return Unit{};
  }
};

class NullSink final : public ResponseSink {
 public:
  Eventual<Result<Unit>> interim(std::uint16_t, const Fields&) override { return ok(); }
  Eventual<Result<Unit>> head(const Response&) override { return ok(); }
  bool head_sent() const noexcept override { return false; }
  Eventual<Result<Unit>> body(const Chunk&) override { return ok(); }
  void abort(const Error&) noexcept override {}
};

class Passing final : public Filter {
 public:
  Eventual<Verdict> on_request(Exchange& x) const override {
    return x.request.method == Method::trace ? x.refuse(405, "no") : Verdict::proceed;
  }
};

class Hooking final : public Filter {
 public:
  Eventual<Verdict> on_request(Exchange& x) const override {
    x.on_response([](Exchange& y) -> Eventual<Unit> {
      y.response.fields.add("X-A", "b");
      return Unit{};
    });
    return Verdict::proceed;
  }
};

// A worker with one published route: /users/{id}, six filters, a deadline.
struct Serving {
  base::FramePool frames;
  base::FramePool::Here frames_here{frames};
  RunQueue queue;
  RunQueue::Here queue_here{queue};
  TimerWheel timers{Clock::now()};
  Mailbox mailbox;
  Scope background;
  Worker worker{0, timers, mailbox, background};
  telemetry::Metrics metrics{1};
  ReadyForwarding forwarding;
  std::uint64_t recorded = 0;
  Gateway gateway{worker, forwarding, metrics, [this](auto& r) { recorded += r.status; }};

  Serving() {
    config::Route spec;
    spec.match.pattern = pattern("/users/{id}");
    auto snapshot = std::make_shared<Snapshot>();
    auto& made = snapshot->routes.emplace_back();
    made.name = "users";
    made.timeout = std::chrono::seconds(5);
    made.chain = chain();
    Rule rule{"users", &spec, false};
    snapshot->router = Router({&rule, 1});
    snapshot->listeners.push_back({"public", {}, {}, {}, {}});
    gateway.publish(snapshot);
  }

  static pipeline::FilterChain chain() {
    std::vector<pipeline::Step> steps;
    auto enforce = std::make_shared<std::atomic<Mode>>(Mode::enforce);
    for (int i = 0; i < 6; ++i) {
      std::shared_ptr<const Filter> filter;
      if (i < 4)
        filter = std::make_shared<Passing>();
      else
        filter = std::make_shared<Hooking>();
      steps.push_back({filter, enforce, OnError::refuse, Phase::limit, "f"});
    }
    return pipeline::FilterChain(std::move(steps));
  }
};

void serve(benchmark::State& state) {
  Serving serving;
  Arena arena;
  Peer peer;
  peer.listener = "public";
  peer.address_text = "192.0.2.7";
  for (auto _ : state) {
    arena.reset();
    Exchange x(serving.worker, arena, peer);
    x.request.method_text = "GET";
    x.request.scheme = "http";
    x.request.host = x.request.authority = "example.com";
    x.request.path = "/users/42";
    for (int i = 0; i < 12; ++i) x.request.fields.add(FieldId::accept, "Accept", "*/*");
    NullSink sink;
    auto task = serving.gateway.serve(x, sink);
    task.start();
    if (!task.done()) state.SkipWithError("waits");
  }
}
BENCHMARK(serve);

// Whose side a caller is on, among so many with a weight.
void split(benchmark::State& state) {
  Serving serving;
  Weights::Table weights;
  std::vector<std::string> sides;
  for (std::int64_t i = 0; i < 5; ++i) {
    sides.push_back("orders-" + std::to_string(i));
    weights[sides.back()] = i < state.range(0) ? 10 : 0;
  }
  Split divided(config::Split(), sides, std::make_shared<Weights>(weights, 1), "orders", serving.metrics);
  Arena arena;
  Peer peer;
  peer.address_text = "192.0.2.7";
  Exchange x(serving.worker, arena, peer);
  for (auto _ : state) {
    auto choice = divided.choose(x);
    benchmark::DoNotOptimize(choice);
  }
}
BENCHMARK(split)->Arg(1)->Arg(2)->Arg(5);

// What a copy of an exchange costs, for a mirror or a refresh, without what it then does.
void detach(benchmark::State& state) {
  Serving serving;
  Arena arena;
  Peer peer;
  peer.listener = "public";
  peer.address_text = "192.0.2.7";
  Exchange x(serving.worker, arena, peer);
  x.request.method_text = "GET";
  x.request.path = "/users/42";
  for (int i = 0; i < 12; ++i) x.request.fields.add(FieldId::accept, "Accept", "*/*");
  for (auto _ : state) {
    auto copy = std::make_unique<pipeline::Detached>(x);
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(detach);

}  // namespace
}  // namespace sluice::proxy
