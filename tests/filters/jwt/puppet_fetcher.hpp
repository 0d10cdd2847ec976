// Fetches that the test answers, in their order.
//
//   PuppetFetcher fetcher;
//   ... the code under test fetches ...
//   EXPECT_EQ(fetcher.last().url, "https://idp.example/jwks");
//   fetcher.answer("{...}");  loop.spin();
#pragma once
#include <string>
#include <vector>

#include "sluice/fetch.hpp"
#include "sluice/waiter.hpp"

namespace sluice::filters::jwt::testing {

class PuppetFetcher final : public Fetcher {
 public:
  std::vector<Fetch> calls;

  Task<Result<Fetched>> fetch(Fetch wanted) override {
    calls.push_back(std::move(wanted));
    Waiter<Fetched> waiter;
    waiting_ = waiter.resolver();
    co_return co_await waiter;
  }

  const Fetch& last() const { return calls.back(); }
  bool busy() const { return waiting_.wanted(); }

  void answer(std::string body, std::uint16_t status = 200) {
    Fetched fetched;
    fetched.status = status;
    fetched.body = std::move(body);
    waiting_(std::move(fetched));
  }
  void fail(const char* cause) {
    waiting_(Error(Error::Kind::refused, Error::Side::upstream, cause, Error::Retry::always));
  }

 private:
  Resolver<Fetched> waiting_;
};

}  // namespace sluice::filters::jwt::testing
