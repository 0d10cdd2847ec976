// Nothing on the way of an ordinary request asks the heap for anything, once the worker's free lists are
// warm.
#include "kit/allocations.hpp"
#include "proxy/gateway_fixture.hpp"

#if SLUICE_COUNTS_ALLOCATIONS

using namespace sluice;
using namespace sluice::proxy;

namespace {

class NullSink final : public ResponseSink {
 public:
  std::uint16_t status = 0;
  Eventual<Result<Unit>> interim(std::uint16_t, const Fields&) override { return ok(); }
  Eventual<Result<Unit>> head(const Response& r) override {
    status = r.status;
    return ok();
  }
  bool head_sent() const noexcept override { return status != 0; }
  Eventual<Result<Unit>> body(const Chunk&) override { return ok(); }
  void abort(const Error&) noexcept override {}
};

// As an upstream's: from recycled memory.
class ShortBody final : public BodySource {
 public:
  Eventual<Result<Chunk>> read(std::size_t) override {
    return Result<Chunk>(Chunk{{"hello", 5}, true, nullptr});
  }
};

struct AllocationTest : ::testing::Test {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  proxy::testing::LambdaForwarding forwarding;
  std::uint64_t recorded = 0;
  Gateway gateway{loop.worker, forwarding, metrics, [this](auto& r) { recorded += r.status; }};

  AllocationTest() {
    forwarding.f = [](Exchange& x, ResponseSink*) {
      return proxy::testing::LambdaForwarding::answer(x, 200, std::make_unique<ShortBody>());
    };
    config::Route spec;
    spec.match.pattern = std::get<config::PathPattern>(config::PathPattern::parse("/users/{id}"));
    auto snapshot = std::make_shared<Snapshot>();
    auto& route = snapshot->routes.emplace_back();
    route.name = "users";
    route.timeout = std::chrono::seconds(5);
    kit::Chain chain;
    for (int i = 0; i < 4; ++i) chain.add(kit::pass);
    for (int i = 0; i < 2; ++i)
      chain.add([](Exchange& x) {
        x.on_response([](Exchange& y) -> Eventual<Unit> {
          y.response.fields.add("X-A", "b");
          return Unit{};
        });
        return Verdict::proceed;
      });
    route.chain = chain.build();
    Rule rule{"users", &spec, false};
    snapshot->router = Router({&rule, 1});
    gateway.publish(snapshot);
  }

  std::uint16_t serve() {
    Arena arena;
    Peer peer;
    peer.listener = "public";
    peer.address_text = "192.0.2.7";
    Exchange x(loop.worker, arena, peer);
    x.request.method_text = "GET";
    x.request.scheme = "http";
    x.request.host = x.request.authority = "example.com";
    x.request.path = "/users/42";
    for (int i = 0; i < 12; ++i) x.request.fields.add(FieldId::accept, "Accept", "*/*");
    NullSink sink;
    auto serving = gateway.serve(x, sink);
    serving.start();
    EXPECT_TRUE(serving.done());
    return sink.status;
  }
};

}  // namespace

TEST_F(AllocationTest, AnOrdinaryRequestTakesNothingFromTheHeap) {
  for (int i = 0; i < 10; ++i) ASSERT_EQ(serve(), 200);
  auto before = kit::allocations();
  for (int i = 0; i < 100; ++i) serve();
  EXPECT_EQ(kit::allocations() - before, 0u);
  EXPECT_EQ(recorded, 110u * 200);
  EXPECT_GT(before, 0u) << "somebody counts";
}

#endif
