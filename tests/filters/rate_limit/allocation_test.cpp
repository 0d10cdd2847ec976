// A decision in memory asks the heap for nothing, whether it lets the request pass or not.
#include "filters/rate_limit/limiting.hpp"
#include "kit/allocations.hpp"

#if SLUICE_COUNTS_ALLOCATIONS

using namespace sluice;
using namespace sluice::filters::rate_limit;

namespace {

struct AllocationTest : Limiting {
  std::size_t asked_in(const Filter& filter, int requests) {
    Arena arena;
    arena.take(1);
    auto before = kit::allocations();
    for (int i = 0; i < requests; ++i) {
      arena.reset();
      Exchange x(loop.worker, arena, peer);
      x.client = *IpAddress::parse("2001:db8::1");
      x.client_text = "2001:db8::1";
      x.request.fields.add("X-Tenant", "acme");
      if (!filter.on_request(x).ready() || !x.run_hooks().ready()) return SIZE_MAX;
    }
    return kit::allocations() - before;
  }
};

}  // namespace

TEST_F(AllocationTest, NoneForAKeyThatIsKnown) {
  settings.key.all = {*Variable::parse("client.ip"), *Variable::parse("header.X-Tenant")};
  settings.limits = {limit(100, 1s, 500), limit(10'000, 1h)};
  settings.headers = {FieldStyle::ietf, FieldStyle::x};
  auto filter = build();
  asked_in(*filter, 1);
  EXPECT_EQ(asked_in(*filter, 400), 0u);
  EXPECT_EQ(asked_in(*filter, 400), 0u);  // most of these are refused
}

#endif
