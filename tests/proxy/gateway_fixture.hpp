// A gateway without sockets: routes made in a test, a forwarder that is a lambda, exchanges that the test
// drives.
//
//   struct ServeTest : GatewayTest {};
//   TEST_F(ServeTest, ...) {
//     route("users", "/users/**", kit::Chain().add(...).build());
//     Call call(*this, "GET", "/users/7");
//     call.go();
//     EXPECT_EQ(call.sink.status, 200);
//   }
#pragma once
#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "kit/bodies.hpp"
#include "kit/filters.hpp"
#include "kit/loop.hpp"
#include "kit/recording_sink.hpp"
#include "proxy/method_set.hpp"
#include "proxy/serve.hpp"

namespace sluice::proxy::testing {

// Answers 200 "upstream" unless told otherwise.
class LambdaForwarding final : public Forwarding {
 public:
  std::function<Task<Result<Unit>>(Exchange&, ResponseSink*)> f;
  mutable int calls = 0;

  Task<Result<Unit>> forward(Exchange& x, const Forward&, ResponseSink* interim) const override {
    ++calls;
    if (f) return f(x, interim);
    return answer(x, 200, "upstream");
  }

  static Task<Result<Unit>> answer(Exchange& x, std::uint16_t status, std::string body) {
    arrived(x, status);
    x.response.length = body.size();
    x.response.body = std::make_unique<MemoryBody>(std::move(body));
    co_return Unit{};
  }
  static Task<Result<Unit>> answer(Exchange& x, std::uint16_t status, BodyPtr body) {
    arrived(x, status);
    x.response.length = unknown_length;
    x.response.body = std::move(body);
    co_return Unit{};
  }
  static Task<Result<Unit>> fail(Error error) { co_return error; }

 private:
  static void arrived(Exchange& x, std::uint16_t status) {
    x.response.status = status;
    x.timeline.connected = x.timeline.answered = x.worker.timers.now();
  }
};

// What outlives the record's views.
struct Kept {
  std::string request_id, client, route, cause, method, path, endpoint;
  std::uint16_t status = 0, attempts = 0;
  std::uint64_t sent = 0, received = 0;
  ResponseFlags flags;
  telemetry::Source source = telemetry::Source::gateway;
  Duration duration{};
  std::vector<std::string> shadow = {};
};

// Whoever has a worker, a gateway and a snapshot that a test fills.
class Host {
 public:
  std::shared_ptr<Snapshot> next = fresh();
  std::vector<Kept> records;

  virtual ~Host() = default;
  virtual Worker& worker() = 0;
  virtual Gateway& the_gateway() = 0;
  virtual void spin() = 0;

  static std::shared_ptr<Snapshot> fresh() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->listeners.push_back({"public", {}, {*Cidr::parse("10.0.0.0/8")}, {}, {}});
    return snapshot;
  }

  // Its path is added to the configuration; publish() makes all of them the gateway's.
  Route& route(std::string name, const std::string& path, pipeline::FilterChain chain = {}) {
    auto& spec = specs_.emplace_back();
    spec.match.pattern = std::get<config::PathPattern>(config::PathPattern::parse(path));
    auto& made = next->routes.emplace_back();
    made.name = std::move(name);
    made.chain = std::move(chain);
    made.timeout = std::chrono::seconds(5);
    made.max_body = mebibytes(1);
    return made;
  }
  config::Route& spec() { return specs_.back(); }
  void publish() {
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < specs_.size(); ++i)
      rules.push_back({next->routes[i].name, &specs_[i], false});
    next->router = Router(rules);
    the_gateway().publish(next);
    published_ = true;
  }
  void publish_once() {
    if (!published_) publish();
  }

  Records keeper() {
    return [this](const telemetry::AccessRecord& r) {
      records.push_back({std::string(r.request_id),
                         std::string(r.client),
                         std::string(r.route),
                         std::string(r.cause),
                         std::string(r.method),
                         std::string(r.path),
                         std::string(r.endpoint),
                         r.status,
                         r.attempts,
                         r.sent,
                         r.received,
                         r.flags,
                         r.source,
                         r.duration,
                         {r.shadow.begin(), r.shadow.end()}});
    };
  }

 private:
  std::deque<config::Route> specs_;
  bool published_ = false;
};

struct GatewayTest : ::testing::Test, Host {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  LambdaForwarding forwarding;
  Gateway gateway{loop.worker, forwarding, metrics, keeper()};

  Worker& worker() override { return loop.worker; }
  Gateway& the_gateway() override { return gateway; }
  void spin() override { loop.spin(); }
  bool counted(std::string_view line) const { return metrics.text().find(line) != std::string::npos; }
};

// One request and its client.
class Call {
 public:
  Call(Host& host, std::string_view method, std::string_view path)
      : host_(host), x(host.worker(), arena, peer_.announce()) {
    x.request.method = method_of(method);
    x.request.method_text = method;
    x.request.scheme = "http";
    x.request.host = x.request.authority = "example.com";
    x.request.path = path;
    x.timeline.start = x.timeline.head = host.worker().timers.now();
    x.on_end([this](const Outcome& o) noexcept {
      ++ends;
      outcome = o;
    });
  }

  void start() {
    host_.publish_once();
    scope.spawn(host_.the_gateway().serve(x, sink));
  }
  void go() {
    start();
    host_.spin();
  }
  void client_gone() {
    scope.cancel();
    host_.the_gateway().abandon(x, Error(Error::Kind::reset, Error::Side::downstream, "client_gone"));
  }
  bool done() const { return scope.empty(); }

 private:
  struct FromOutside : Peer {
    FromOutside& announce() {
      listener = "public";
      address = *IpAddress::parse(address_text = "192.0.2.7");
      return *this;
    }
  };
  Host& host_;
  FromOutside peer_;

 public:
  void from(std::string_view address) {
    peer_.address = x.client = *IpAddress::parse(address);
    peer_.address_text = x.client_text = address;
  }
  Peer& peer() { return peer_; }

  Arena arena;
  kit::RecordingSink sink;
  int ends = 0;
  Outcome outcome{};
  Exchange x;
  Scope scope;
};

}  // namespace sluice::proxy::testing
