// Who may see whose answer: a cache never answers past a filter that would have refused, and no caller gets
// what was made for another.
#include <numeric>

#include "cache_fixture.hpp"
#include "filters/cache/key.hpp"

namespace sluice::filters::cache {
namespace {

using ::testing::SizeIs;

struct Isolation : CacheTest {
  // Answers that say for whom they were made.
  void answers_by_subject(Lines fields) {
    origin = [this, fields](Exchange& x) {
      return Says{200, fields, std::string(x.principal.subject) + std::to_string(asked.size())};
    };
  }
  Got as(std::string_view subject, std::string_view target = "/a", const Lines& fields = {}) {
    who = {};
    who.subject = subject;
    who.method = subject.empty() ? "" : "jwt";
    return get(target, fields);
  }
};

// ---- two callers

TEST_F(Isolation, EachCallerHasAnswersOfItsOwn) {
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  EXPECT_EQ(as("ann").body, "ann1");
  EXPECT_EQ(as("ben").body, "ben2");
  EXPECT_EQ(as("ann").body, "ann1");
  EXPECT_EQ(as("ben").body, "ben2");
  EXPECT_EQ(as("").body, "3") << "nobody known";
  EXPECT_EQ(as("").body, "3");
  EXPECT_EQ(as("ann").body, "ann1");
}

TEST_F(Isolation, NeitherVaryNorCredentialsNorCookiesChangeThat) {
  Lines varied[] = {{{"Cache-Control", "max-age=60"}, {"Vary", "Accept"}},
                    {{"Cache-Control", "max-age=60, must-revalidate"}},
                    {{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}},
                    {{"Expires", "Fri, 01 Jan 2100 00:00:00 GMT"}}};
  Lines sent[] = {{}, {{"Authorization", "Bearer x"}}, {{"Cookie", "a=b"}}, {{"Accept", "text/plain"}}};
  int n = 0;
  for (auto& fields : varied)
    for (auto& request : sent) {
      answers_by_subject(fields);
      auto target = "/a" + std::to_string(n++);
      auto ann = as("ann", target, request), ben = as("ben", target, request);
      EXPECT_TRUE(ann.body.starts_with("ann")) << target;
      EXPECT_TRUE(ben.body.starts_with("ben")) << target << ben.told();
      EXPECT_TRUE(as("ann", target, request).body.starts_with("ann"));
      EXPECT_TRUE(as("", target, request).body.find_first_of("ab") == std::string::npos) << target;
    }
}

TEST_F(Isolation, OneNameFromTwoIssuersIsTwoCallers) {
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  Claims one({{"iss", "https://one.example"}, {"sub", "7"}}),
      two({{"iss", "https://two.example"}, {"sub", "7"}});
  who = {.subject = "7", .method = "jwt"};
  who.claims = &one;
  EXPECT_EQ(get().body, "71");
  who.claims = &two;
  EXPECT_EQ(get().body, "72");
  who = {.subject = "7", .method = "api_key"};
  EXPECT_EQ(get().body, "73");
}

TEST_F(Isolation, WhatIsForEverybodyIsShared) {
  for (auto* control : {"public, max-age=60", "s-maxage=60"}) {
    answers_by_subject({{"Cache-Control", control}});
    auto target = std::string("/") + control[0];
    auto before = asked.size();
    auto first = as("ann", target).body;
    EXPECT_EQ(as("ben", target).body, first) << control;
    EXPECT_EQ(as("ann", target).body, first);
    EXPECT_THAT(asked, SizeIs(before + 1));
  }
}

TEST_F(Isolation, ThePolicyMaySaySoToo) {
  settings.shared = true;
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  EXPECT_EQ(as("ann").body, "ann1");
  EXPECT_EQ(as("ben").body, "ann1");
}

TEST_F(Isolation, ByPrincipalIsNeverShared) {
  settings.private_by = PrivateBy::principal;
  answers_by_subject({{"Cache-Control", "public, max-age=60"}});
  EXPECT_EQ(as("ann").body, "ann1");
  EXPECT_EQ(as("ben").body, "ben2");
  EXPECT_EQ(as("ann").body, "ann1");
  EXPECT_EQ(as("").told(), "sluice; fwd=bypass; detail=principal-unknown");
}

TEST_F(Isolation, AnAnswerThatBecomesPrivateIsNoLongerShared) {
  answers_by_subject({{"Cache-Control", "public, max-age=60"}});
  EXPECT_EQ(as("ann").body, "ann1");
  EXPECT_EQ(as("ben").body, "ann1");
  loop.advance(61s);
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  EXPECT_EQ(as("ann").body, "ann2");
  EXPECT_EQ(as("ben").body, "ben3");
  EXPECT_EQ(as("ann").body, "ann2");
  EXPECT_EQ(as("ben").body, "ben3");
}

TEST_F(Isolation, WhoWaitsForAnotherCallersAnswerGetsItOnlyIfItIsForEverybody) {
  for (bool shared : {true, false}) {
    auto target = shared ? "/shared" : "/own";
    asked.clear();
    origin = [shared](Exchange& x) {
      return Says{200,
                  {{"Cache-Control", shared ? "public, max-age=60" : "max-age=60"}},
                  std::string(x.principal.subject),
                  nullptr,
                  nullptr,
                  true};
    };
    who = {.subject = "ann", .method = "jwt"};
    auto ann = call("GET", target);
    ann->go();
    who = {.subject = "ben", .method = "jwt"};
    auto ben = call("GET", target);
    ben->go();
    EXPECT_THAT(asked, SizeIs(1)) << "nobody knows yet";
    answer_those_who_wait();
    answer_those_who_wait();
    EXPECT_EQ(got(*ann).body, "ann");
    EXPECT_EQ(got(*ben).body, shared ? "ann" : "ben");
    EXPECT_THAT(asked, SizeIs(shared ? 1 : 2));
  }
  // From now on nobody waits for another caller's.
  origin = [](Exchange& x) {
    return Says{200, {{"Cache-Control", "max-age=60"}}, std::string(x.principal.subject), nullptr, nullptr,
                true};
  };
  asked.clear();
  loop.advance(1s);
  std::vector<std::unique_ptr<Call>> calls;
  for (auto* subject : {"eve", "fay", "eve"}) {
    who = {.subject = subject, .method = "jwt"};
    calls.push_back(call("GET", "/own"));
    calls.back()->go();
  }
  EXPECT_THAT(asked, SizeIs(2)) << "but for one's own";
  answer_those_who_wait();
  EXPECT_EQ(got(*calls[0]).body + got(*calls[1]).body + got(*calls[2]).body, "evefayeve");
}

TEST_F(Isolation, NobodyKnownIsNotEverybody) {
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  EXPECT_EQ(as("").body, "1");
  EXPECT_EQ(as("ann").body, "ann2");
  EXPECT_EQ(as("").body, "1");
}

TEST_F(Isolation, AStaleAnswerIsNobodyElsesEither) {
  settings.stale_if_error = 1h;
  settings.stale_while_revalidate = 1h;
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  as("ann");
  loop.advance(100s);
  breaks();
  EXPECT_EQ(as("ben").status, 502);
  EXPECT_EQ(as("").status, 502);
  EXPECT_EQ(as("ann").body, "ann1");
}

// ---- who they are is not certain

TEST_F(Isolation, WhoIsUnprovenHasNoPartInIt) {
  answers_by_subject({{"Cache-Control", "public, max-age=60"}});
  as("ann");
  auto c = call("GET", "/a");
  c->x.principal.unproven = true;
  c->go();
  EXPECT_EQ(got(*c).told(), "sluice; fwd=bypass; detail=principal-unproven");
}

TEST_F(Isolation, WhereAnIdentityFilterIsOffNothingIsGiven) {
  answers_by_subject({{"Cache-Control", "public, max-age=60"}});
  as("ann");
  auto c = call("GET", "/a");
  c->x.principal.unasked = true;
  c->go();
  EXPECT_EQ(got(*c).told(), "sluice; fwd=bypass; detail=principal-unproven");
}

TEST_F(Isolation, AProofWithoutANameIsNobodysKey) {
  answers_by_subject({{"Cache-Control", "max-age=60"}});
  who = {};
  who.method = "jwt";
  EXPECT_EQ(get().told(), "sluice; fwd=bypass; detail=principal-unknown");
}

// ---- cookies and credentials without an identity filter

TEST_F(Isolation, AnAnswerWithACookieIsGivenToNobodyElse) {
  for (auto* control : {"public, max-age=60", "max-age=60", "s-maxage=60, must-revalidate"}) {
    says({{"Cache-Control", control}, {"Set-Cookie", "session=1"}}, "mine");
    EXPECT_EQ(get().get("Set-Cookie"), "session=1");
    says({{"Cache-Control", "no-store"}}, "yours");
    auto other = get();
    EXPECT_EQ(other.body, "yours") << control;
    EXPECT_EQ(other.get("Set-Cookie"), "");
  }
}

TEST_F(Isolation, ACookieThatAValidationBringsIsNotStoredEither) {
  says({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, "body");
  get();
  loop.advance(61s);
  says({{"Cache-Control", "max-age=60"}, {"Set-Cookie", "session=1"}}, "", 304);
  get();
  EXPECT_EQ(get().get("Set-Cookie"), "");
}

TEST_F(Isolation, WhatACredentialBroughtIsForEverybodyOnlyWhereTheOriginSaysSo) {
  Lines credential{{"Authorization", "Basic x"}};
  says({{"Cache-Control", "max-age=60"}}, "mine");
  EXPECT_EQ(get("/a", credential).told(), "sluice; fwd=uri-miss; detail=authorization");
  says({{"Cache-Control", "max-age=60, must-revalidate"}}, "all");
  EXPECT_EQ(get("/b", credential).told(), "sluice; fwd=uri-miss; ttl=60; stored");
  EXPECT_EQ(get("/b").body, "all");
}

TEST_F(Isolation, AConfiguredTimeSharesNoCredentialsAnswer) {
  settings.ttl.usual = 60s;
  says({}, "mine");
  EXPECT_EQ(get("/a", {{"Authorization", "Basic x"}}).told(), "sluice; fwd=uri-miss; detail=authorization");
}

// ---- routes and policies

TEST_F(Isolation, NoTwoRoutesShareAnAnswer) {
  opened_by_hand();
  auto filter = make();
  route("one", "/a", chain(filter));
  route("two", "/{any}", chain(filter));
  publish();
  says({{"Cache-Control", "max-age=60"}}, "body");
  get("/a");
  // The same URL, as another route would have it.
  Keys one, two;
  auto a = call("GET", "/a");
  KeyMaker maker("kept", settings);
  a->x.route_name = "one";
  one = maker.make(a->x);
  a->x.route_name = "two";
  two = maker.make(a->x);
  EXPECT_TRUE(store()->find(one.shared, a->x.request.fields));
  EXPECT_FALSE(store()->find(two.shared, a->x.request.fields));
}

TEST_F(Isolation, OtherSettingsOfSharingFindNothingThatWasStoredBefore) {
  auto keys_with = [this](bool shared, std::optional<PrivateBy> private_by) {
    settings.shared = shared;
    settings.private_by = private_by;
    auto c = call("GET", "/a");
    c->x.principal = {.subject = "ann", .method = "jwt"};
    auto keys = KeyMaker("kept", settings).make(c->x);
    return std::pair(std::string(keys.shared.text), std::string(keys.own.text));
  };
  auto usual = keys_with(false, {}), shared = keys_with(true, {}),
       own = keys_with(false, PrivateBy::principal);
  EXPECT_NE(usual.first, shared.first);
  EXPECT_NE(usual.second, own.second);
  EXPECT_EQ(shared.second, "");
  EXPECT_EQ(own.first, "");
}

// ---- past filters that refuse

// Each order in which a file may list them; what they decide holds for a hit as for a miss.
TEST_F(Isolation, NoOrderOfFiltersPutsTheCacheBeforeTheLock) {
  constexpr std::array phases = {Phase::edge, Phase::identity, Phase::permission, Phase::validation,
                                 Phase::limit};
  std::size_t refusing = phases.size();  // nobody
  opened_by_hand();
  std::vector<pipeline::Step> steps = {step(make())};
  for (std::size_t k = 0; k < phases.size(); ++k) {
    auto decide =
        std::make_shared<kit::LambdaFilter>([&refusing, k, phases](Exchange& x) -> Eventual<Verdict> {
          if (phases[k] == Phase::identity) x.principal.merge({.subject = "ann", .method = "jwt"});
          return refusing == k ? x.refuse(403, "no") : Verdict::proceed;
        });
    steps.push_back({decide, std::make_shared<std::atomic<Mode>>(Mode::enforce), OnError::refuse, phases[k],
                     "f" + std::to_string(k)});
  }
  std::vector<std::size_t> order(steps.size());
  std::iota(order.begin(), order.end(), 0u);
  std::vector<std::string> paths;
  do {
    std::vector<pipeline::Step> listed;
    for (auto i : order) listed.push_back(steps[i]);
    route("r" + std::to_string(paths.size()), "/p" + std::to_string(paths.size()),
          pipeline::FilterChain(std::move(listed)));
    paths.push_back("/p" + std::to_string(paths.size()));
  } while (std::ranges::next_permutation(order).found);
  publish();
  EXPECT_THAT(paths, SizeIs(720));
  says({{"Cache-Control", "public, max-age=600"}}, "secret");
  for (auto& path : paths) {
    refusing = phases.size();
    get(path);
    ASSERT_EQ(get(path).told(), "sluice; hit; ttl=600");
    for (refusing = 0; refusing < phases.size(); ++refusing) {
      auto refused = get(path);
      ASSERT_EQ(refused.status, 403) << path;
      ASSERT_EQ(refused.body.find("secret"), std::string::npos);
      ASSERT_EQ(send("HEAD", path).status, 403);
    }
  }
}

TEST_F(Isolation, ALimitCountsHitsToo) {
  opened_by_hand();
  int left = 2;
  auto counting = std::make_shared<kit::LambdaFilter>([&left](Exchange& x) -> Eventual<Verdict> {
    return left-- > 0 ? Verdict::proceed : x.refuse(429, "limit");
  });
  pipeline::Step limit{counting, std::make_shared<std::atomic<Mode>>(Mode::enforce), OnError::refuse,
                       Phase::limit, "limit"};
  route("r", "/**", pipeline::FilterChain({step(make()), limit}));
  publish();
  says({{"Cache-Control", "max-age=60"}}, "body");
  EXPECT_EQ(get().status, 200);
  EXPECT_EQ(get().status, 200);
  EXPECT_EQ(get().status, 429);
}

TEST_F(Isolation, FieldsOfTransformationsAreNotStored) {
  opened_by_hand();
  int n = 0;
  auto transform = std::make_shared<kit::LambdaFilter>([&n](Exchange& x) -> Eventual<Verdict> {
    x.on_response([&n](Exchange& y) -> Eventual<Unit> {
      y.response.fields.set("X-For", y.arena.copy(std::to_string(++n)));
      return Unit{};
    });
    return Verdict::proceed;
  });
  pipeline::Step before{transform, std::make_shared<std::atomic<Mode>>(Mode::enforce), OnError::refuse,
                        Phase::transform, "headers"};
  route("r", "/**", pipeline::FilterChain({step(make()), before}));
  publish();
  says({{"Cache-Control", "max-age=60"}}, "body");
  EXPECT_EQ(get().get("X-For"), "1");
  EXPECT_EQ(get().get("X-For"), "2") << "a hit is transformed like a miss";
}

}  // namespace
}  // namespace sluice::filters::cache
