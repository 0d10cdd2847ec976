// ip, cors, security and headers ask the heap for nothing on the way of a request, once the worker's free
// lists are warm.
#include <gtest/gtest.h>

#include "filters/cors/cors.hpp"
#include "filters/headers/headers.hpp"
#include "filters/ip/ip.hpp"
#include "filters/security/security.hpp"
#include "kit/allocations.hpp"
#include "kit/policy.hpp"

#if SLUICE_COUNTS_ALLOCATIONS

namespace sluice::filters {
namespace {

struct AllocationTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  kit::Policy ip{ip::ip_filter(), "{ allow: [10.0.0.0/8], deny: [10.6.6.6] }"};
  kit::Policy cors{cors::cors_filter(),
                   "{ origins: ['https://*.example.org'], headers: '*', credentials: true }"};
  kit::Policy security{security::security_filter(), "strict"};
  kit::Policy headers{headers::headers_filter(),
                      "{ request: { set: { X-Who: '{client.ip} {cookie.a} {query.q}' }, remove: [X-Debug] }, "
                      "response: { add: { X-Took: 'in {duration}, {request.id}' } } }"};

  void ask(Method method) {
    arena.reset();
    Exchange x(loop.worker, arena, peer);
    x.client = IpAddress::v4(0x0a000001);
    x.client_text = "10.0.0.1";
    x.route_name = "r";
    x.id = "01234567-89ab-cdef-0123-456789abcdef";
    x.timeline.start = loop.timers.now();
    x.request.method = method;
    x.request.query = "q=a%0ab";
    x.request.fields.add("Cookie", "a=b");
    x.request.fields.add("Origin", "https://app.example.org");
    x.request.fields.add("Access-Control-Request-Method", "GET");
    x.request.fields.add("Access-Control-Request-Headers", "x-a");
    for (auto* policy : {&ip, &cors, &security, &headers})
      if (policy->filter->on_request(x).value() == Verdict::reply) break;
    x.response.fields.add("Vary", "Accept");
    EXPECT_TRUE(x.run_hooks().ready());
    sent = x.response.fields.size();
  }

  std::size_t allocated(Method method) {
    for (int i = 0; i < 3; ++i) ask(method);
    auto before = kit::allocations();
    for (int i = 0; i < 10; ++i) ask(method);
    return kit::allocations() - before;
  }

  std::size_t sent = 0;
};

TEST_F(AllocationTest, ARequestAllocatesNothing) {
  EXPECT_EQ(allocated(Method::get), 0u);
  EXPECT_EQ(sent, 8u) << "Vary, two of cors, four of security, one of headers";
}

TEST_F(AllocationTest, APreflightAllocatesNothing) {
  EXPECT_EQ(allocated(Method::options), 0u);
  EXPECT_EQ(sent, 6u);
}

}  // namespace
}  // namespace sluice::filters

#endif
