// What the tests of the limiter have in common: a worker with a clock of the test's, settings read as a file
// would have them, requests.
#pragma once
#include <gmock/gmock.h>

#include "filters/rate_limit/rate_limit.hpp"
#include "filters/rate_limit/settings.hpp"
#include "kit/loop.hpp"
#include "sluice/waiter.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::rate_limit {

using namespace std::chrono_literals;

inline Limit limit(std::uint64_t count, Duration per, std::optional<std::uint64_t> burst = {}) {
  return {Rate{count, per}, burst};
}

// A store that answers what and when the test says.
class PuppetStore final : public BucketStore {
 public:
  Eventual<Result<Grant>> take(Worker&, const BucketAsk& ask) override {
    asked.emplace_back(ask.key);
    if (!slow) return fails ? Result<Grant>(Error(Error::Kind::timeout)) : Result<Grant>(grant);
    return wait();
  }
  Eventual<Result<Grant>> peek(Worker& worker, const BucketAsk& ask) override { return take(worker, ask); }
  Eventual<Result<Unit>> reset(Worker&, std::string_view, std::string_view) override { return ok(); }
  unsigned replicas() const noexcept override { return alive; }

  bool fails = false, slow = false;
  unsigned alive = 1;
  Grant grant;
  std::vector<std::string> asked;
  Resolver<Grant> resolver;

 private:
  Task<Result<Grant>> wait() {
    Waiter<Grant> waiter;
    resolver = waiter.resolver();
    co_return co_await waiter;
  }
};

struct Limiting : ::testing::Test {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  Keepsakes keepsakes;
  Stores stores;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors;
  std::vector<std::shared_ptr<Adjustable>> adjustables;
  std::shared_ptr<std::atomic<Mode>> mode = std::make_shared<std::atomic<Mode>>(Mode::enforce);
  Settings settings;
  Peer peer;

  std::shared_ptr<const Filter> build() {
    FilterContext context{"per-user", 1, metrics, keepsakes, background, errors};
    context.stores = &stores;
    context.adjustables = &adjustables;
    context.mode = mode;
    return rate_limit_filter().make(&settings, context);
  }

  struct Request {
    Arena arena;
    Exchange x;
    Request(Limiting& t, std::string_view address) : x(t.loop.worker, arena, t.peer) {
      x.client = *IpAddress::parse(address);
      x.client_text = address;
      x.route_name = "users";
    }
    std::string field(std::string_view name) { return std::string(x.response.fields.get(name)); }
  };

  // The verdict of one request, its hooks run.
  Verdict ask(const Filter& filter, Request& r) {
    auto verdict = filter.on_request(r.x);
    EXPECT_TRUE(verdict.ready());
    EXPECT_TRUE(r.x.run_hooks().ready());
    return verdict.value();
  }
  bool passes(const Filter& filter, std::string_view address = "192.0.2.1") {
    Request r(*this, address);
    return ask(filter, r) == Verdict::proceed;
  }
  int count_passing(const Filter& filter, int requests, std::string_view address = "192.0.2.1") {
    int passed = 0;
    for (int i = 0; i < requests; ++i) passed += passes(filter, address);
    return passed;
  }
};

}  // namespace sluice::filters::rate_limit
