// A hit asks the heap for nothing: what it needs comes from the worker's memory.
#include "cache_fixture.hpp"
#include "kit/allocations.hpp"

#if SLUICE_COUNTS_ALLOCATIONS

namespace sluice::filters::cache {
namespace {

struct HitAllocation : CacheTest {
  std::size_t allocations_of(const Filter& filter, int requests, std::string_view subject) {
    Arena memory;
    Peer peer;
    memory.take(1);
    auto before = kit::allocations();
    for (int i = 0; i < requests; ++i) {
      memory.reset();
      Exchange x(loop.worker, memory, peer);
      x.request.method_text = "GET";
      x.request.scheme = "http";
      x.request.host = x.request.authority = "example.com";
      x.request.path = "/a";
      x.route_name = "r";
      x.request.fields.add("Accept-Encoding", "gzip");
      x.principal.subject = subject;
      auto verdict = filter.on_request(x);
      if (!verdict.ready() || verdict.value() != Verdict::reply) return SIZE_MAX;
      auto chunk = x.response.body->read(4096);
      if (!chunk.ready() || !chunk.value()->end) return SIZE_MAX;
      x.end({200, 0, true, {}, {}});
    }
    return kit::allocations() - before;
  }
};

TEST_F(HitAllocation, NoneForWhatIsStored) {
  says({{"Cache-Control", "public, max-age=60"}, {"Vary", "Accept-Encoding"}, {"Content-Type", "text/plain"}},
       std::string(1024, 'x'));
  opened_by_hand();
  auto filter = make();
  route("r", "/**", chain(filter));
  publish();
  get("/a", {{"Accept-Encoding", "gzip"}});
  allocations_of(*filter, 3, "");
  EXPECT_EQ(allocations_of(*filter, 200, ""), 0u);
}

}  // namespace
}  // namespace sluice::filters::cache

#endif
