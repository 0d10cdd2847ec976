#include "pipeline/any_identity.hpp"

#include <gmock/gmock.h>

#include "kit/filters.hpp"
#include "kit/loop.hpp"
#include "sluice/waiter.hpp"

namespace sluice::pipeline {
namespace {

using ::testing::ElementsAre;

struct AnyIdentityTest : testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Exchange x{loop.worker, arena, peer};
  std::vector<Step> steps;
  std::vector<std::string> asked;
  Resolver<Unit> resolver;
  std::optional<AnyIdentity> any;  // spans and refusals are named by its steps

  ~AnyIdentityTest() override { x.end({}); }

  std::shared_ptr<std::atomic<Mode>> add(const std::string& name, kit::LambdaFilter::Function f,
                                         Mode mode = Mode::enforce) {
    auto cell = std::make_shared<std::atomic<Mode>>(mode);
    auto filter = std::make_shared<kit::LambdaFilter>([this, name, f](Exchange& y) {
      asked.push_back(name);
      return f(y);
    });
    steps.push_back({filter, cell, OnError::refuse, Phase::identity, name});
    return cell;
  }
  static kit::LambdaFilter::Function knows(const char* subject) {
    return [=](Exchange& y) -> Eventual<Verdict> {
      y.principal.merge({.subject = subject, .method = "test"});
      return Verdict::proceed;
    };
  }
  static kit::LambdaFilter::Function refuses(std::uint16_t status, const char* reason,
                                             const char* challenge = "") {
    return [=](Exchange& y) -> Eventual<Verdict> {
      y.on_response([](Exchange& z) -> Eventual<Unit> {
        z.response.fields.add("X-Hook", "of who refused");
        return Unit{};
      });
      y.flags.set(Flag::uaex);
      y.refuse(status, reason);
      y.explain(reason);
      if (*challenge) y.response.fields.add(FieldId::www_authenticate, "WWW-Authenticate", challenge);
      return Verdict::reply;
    };
  }
  Verdict run() {
    auto verdict = any.emplace(std::move(steps)).on_request(x);
    EXPECT_TRUE(verdict.ready());
    return verdict.value();
  }
  std::vector<std::string> challenges() const {
    std::vector<std::string> all;
    for (auto& f : x.response.fields)
      if (f.id == FieldId::www_authenticate) all.emplace_back(f.value);
    return all;
  }
};

TEST_F(AnyIdentityTest, TheFirstThatKnowsTheCallerIsTheLastThatIsAsked) {
  add("a", refuses(401, "token_missing", "Bearer"));
  add("b", knows("ann"));
  add("c", knows("bob"));
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_THAT(asked, ElementsAre("a", "b"));
  EXPECT_EQ(x.principal.subject, "ann");
  EXPECT_FALSE(x.principal.unproven);
}

TEST_F(AnyIdentityTest, NothingIsLeftOfARefusalThatDidNotCount) {
  add("a", refuses(401, "token_expired", "Bearer"));
  add("b", knows("ann"));
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_EQ(x.response.status, 0);
  EXPECT_EQ(x.response.fields.size(), 0u);
  EXPECT_FALSE(x.flags.any());
  EXPECT_TRUE(x.problem.detail.empty());
  EXPECT_EQ(x.hook_mark(), nullptr);
}

TEST_F(AnyIdentityTest, WhereAllRefuseTheAnswerHasEveryChallenge) {
  add("a", refuses(401, "token_missing", "Bearer realm=\"a\""));
  add("b", refuses(401, "api_key_unknown", "ApiKey"));
  add("c", refuses(403, "certificate_missing"));
  add("d", refuses(401, "credentials_missing", "Basic realm=\"d\""));
  EXPECT_EQ(run(), Verdict::reply);
  EXPECT_EQ(x.response.status, 401);
  EXPECT_STREQ(x.response.reason, "api_key_unknown") << "what is wrong tells more than what is missing";
  EXPECT_EQ(x.problem.detail, "api_key_unknown");
  EXPECT_THAT(challenges(), ElementsAre("Bearer realm=\"a\"", "ApiKey", "Basic realm=\"d\""));
  EXPECT_TRUE(x.flags.has(Flag::uaex));
  EXPECT_FALSE(x.principal.known());
}

TEST_F(AnyIdentityTest, WhoCouldNotTellGoesBeforeWhoSaidNo) {
  add("a", refuses(401, "token_missing", "Bearer"));
  add("b", refuses(503, "keys_unavailable"));
  EXPECT_EQ(run(), Verdict::reply);
  EXPECT_EQ(x.response.status, 503);
  EXPECT_THAT(challenges(), ElementsAre());
}

TEST_F(AnyIdentityTest, WithoutA401TheFirstRefusalStands) {
  add("a", refuses(403, "certificate_missing"));
  add("b", refuses(403, "certificate_denied"));
  EXPECT_EQ(run(), Verdict::reply);
  EXPECT_EQ(x.response.status, 403);
  EXPECT_STREQ(x.response.reason, "certificate_denied");
}

TEST_F(AnyIdentityTest, AFaultProvesNothingAndRefuses) {
  add("a", [](Exchange&) -> Eventual<Verdict> { throw std::runtime_error("broken"); });
  add("b", refuses(401, "token_missing", "Bearer"));
  EXPECT_EQ(run(), Verdict::reply);
  EXPECT_EQ(x.response.status, 500);
  EXPECT_STREQ(x.response.reason, "filter_fault");
}

TEST_F(AnyIdentityTest, ShadowNeverRefusesAndNeverOpens) {
  add("a", refuses(401, "token_missing", "Bearer"), Mode::shadow);
  add("b", refuses(401, "api_key_missing", "ApiKey"));
  EXPECT_EQ(run(), Verdict::reply);
  EXPECT_THAT(challenges(), ElementsAre("ApiKey"));
}

TEST_F(AnyIdentityTest, WhereAllAreInShadowTheCallerIsUnproven) {
  add("a", refuses(401, "token_missing", "Bearer"), Mode::shadow);
  add("b", refuses(401, "api_key_missing", "ApiKey"), Mode::shadow);
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_TRUE(x.principal.unproven);
  EXPECT_THAT(x.shadowed, ElementsAre("a:token_missing", "b:api_key_missing"));
}

TEST_F(AnyIdentityTest, WhatShadowFindsOutCounts) {
  add("a", refuses(401, "token_missing", "Bearer"), Mode::shadow);
  add("b", knows("ann"), Mode::shadow);
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_EQ(x.principal.subject, "ann");
  EXPECT_FALSE(x.principal.unproven) << "another way was proven";
}

TEST_F(AnyIdentityTest, WhatIsOffIsNotAsked) {
  add("a", knows("ann"), Mode::off);
  add("b", refuses(401, "api_key_missing", "ApiKey"));
  EXPECT_EQ(run(), Verdict::reply);
  EXPECT_THAT(asked, ElementsAre("b"));

  steps.clear();
  add("c", refuses(401, "x"), Mode::off);
  x.response.reset();
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_FALSE(x.principal.known() || x.principal.unproven);
  EXPECT_FALSE(x.principal.certain()) << "there may be a credential that nobody saw";
}

TEST_F(AnyIdentityTest, EachHasASpanOfItsOwn) {
  Exchange::Trace trace;
  x.trace = &trace;
  add("a", refuses(401, "token_missing", "Bearer"));
  add("b", knows("ann"));
  run();
  ASSERT_TRUE(trace.first && trace.first->next);
  EXPECT_EQ(trace.first->filter, "a");
  EXPECT_EQ(trace.first->what, What::reply);
  EXPECT_STREQ(trace.first->reason, "token_missing");
  EXPECT_EQ(trace.first->next->filter, "b");
  EXPECT_EQ(trace.first->next->what, What::proceed);
}

TEST_F(AnyIdentityTest, WaitsForWhoWaits) {
  auto waits = [this](kit::LambdaFilter::Function then) -> kit::LambdaFilter::Function {
    return [this, then](Exchange& y) -> Eventual<Verdict> {
      struct Waiting {
        static Task<Verdict> run(Resolver<Unit>& r, kit::LambdaFilter::Function f, Exchange& z) {
          Waiter<Unit> waiter;
          r = waiter.resolver();
          auto woken = co_await waiter;
          (void)woken;
          auto decided = f(z);
          co_return decided.value();
        }
      };
      return Waiting::run(resolver, then, y);
    };
  };
  add("a", waits(refuses(401, "token_missing", "Bearer")));
  add("b", waits(knows("ann")));
  add("c", knows("bob"));
  any.emplace(std::move(steps));
  std::optional<Verdict> verdict;
  struct Asking {
    static Task<Unit> run(const AnyIdentity& all, Exchange& y, std::optional<Verdict>& to) {
      auto deciding = all.on_request(y);
      to = co_await deciding;
      co_return Unit{};
    }
  };
  x.tasks.spawn(Asking::run(*any, x, verdict));
  loop.spin();
  resolver(Unit{});
  loop.spin();
  EXPECT_FALSE(verdict);
  resolver(Unit{});
  loop.spin();
  EXPECT_EQ(verdict, Verdict::proceed);
  EXPECT_THAT(asked, ElementsAre("a", "b"));
  EXPECT_EQ(x.principal.subject, "ann");
  x.tasks.cancel();
}

// What the client sent is kept from the upstream by those, too, that were not asked.
struct Watchful final : Filter {
  std::string name;
  const char* subject;
  explicit Watchful(std::string n, const char* s) : name(std::move(n)), subject(s) {}
  void strip_fields(Exchange& y) const override { y.request.fields.remove("X-Of-" + name); }
  void take_credentials(Exchange& y) const override { y.request.fields.remove("X-Key-" + name); }
  Eventual<Verdict> on_request(Exchange& y) const override {
    y.request.fields.add(name == "a" ? "X-Of-a" : "X-Of-b", "mine");
    if (subject) y.principal.merge({.subject = subject, .method = "test"});
    return Verdict::proceed;
  }
};

TEST_F(AnyIdentityTest, NothingOfTheOthersGoesOnWhereOneIsEnough) {
  auto on = std::make_shared<std::atomic<Mode>>(Mode::enforce);
  steps.push_back({std::make_shared<Watchful>("a", "ann"), on, OnError::refuse, Phase::identity, "a"});
  steps.push_back({std::make_shared<Watchful>("b", "bob"), on, OnError::refuse, Phase::identity, "b"});
  for (auto* forged : {"X-Of-a", "X-Of-b", "X-Key-b"}) x.request.fields.add(forged, "forged");
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_EQ(x.request.fields.get("X-Of-a"), "mine");
  EXPECT_EQ(x.request.fields.size(), 1u);
}

TEST_F(AnyIdentityTest, WhatOneWroteThatKnewNobodyDoesNotGoOn) {
  auto on = std::make_shared<std::atomic<Mode>>(Mode::enforce);
  steps.push_back({std::make_shared<Watchful>("a", nullptr), on, OnError::refuse, Phase::identity, "a"});
  steps.push_back({std::make_shared<Watchful>("b", "bob"), on, OnError::refuse, Phase::identity, "b"});
  EXPECT_EQ(run(), Verdict::proceed);
  EXPECT_EQ(x.request.fields.get("X-Of-b"), "mine");
  EXPECT_EQ(x.request.fields.size(), 1u);
}

}  // namespace
}  // namespace sluice::pipeline
