#include "filters/cache/flights.hpp"

#include "filters/cache/store_fixture.hpp"

namespace sluice::filters::cache {
namespace {

constexpr auto url = "https://a.example/x";

struct Flying : Storing {
  Head none;
  Joining join(const Head& request, StoredPtr seen = nullptr) {
    return Joining(*store, worker(), key_of(url), request.fields, soon(), std::move(seen));
  }
};

TEST(Flights, OneLeadsTheOthersWait) {
  Flying s;
  auto a = s.join(s.none), b = s.join(s.none), c = s.join(s.none);
  s.loop.spin();
  ASSERT_TRUE(a.leads());
  EXPECT_FALSE(b.turn);
  EXPECT_FALSE(c.turn);
  auto entry = s.fill(a.lead(), {}, 5, std::make_unique<MemoryBody>("hello"));
  s.loop.spin();
  for (auto* waiter : {&b, &c}) {
    ASSERT_TRUE(waiter->stored());
    EXPECT_TRUE((*waiter->turn)->collapsed);
    EXPECT_EQ(s.text_of(waiter->stored()), "hello");
  }
  auto late = s.join(s.none);
  s.loop.spin();
  EXPECT_EQ(late.stored(), entry) << "it came after what this one had seen";
  EXPECT_FALSE((*late.turn)->collapsed);
}

TEST(Flights, WhoHasSeenWhatIsStoredLeads) {
  Flying s;
  s.put(url, "stale");
  auto a = s.join(s.none, s.find(url));
  s.loop.spin();
  EXPECT_TRUE(a.leads());
}

TEST(Flights, AnAnswerThatIsNotStoredSendsAllUp) {
  Flying s;
  auto a = s.join(s.none), b = s.join(s.none), c = s.join(s.none);
  s.loop.spin();
  a.lead().release();
  s.loop.spin();
  for (auto* waiter : {&b, &c}) {
    ASSERT_TRUE(waiter->turn && *waiter->turn);
    EXPECT_FALSE(**waiter->turn) << "neither an answer nor the lead";
  }
}

TEST(Flights, ADroppedLeadGoesToExactlyOne) {
  Flying s;
  auto a = s.join(s.none), b = s.join(s.none), c = s.join(s.none);
  s.loop.spin();
  a.turn.reset();
  s.loop.spin();
  EXPECT_TRUE(b.leads());
  EXPECT_FALSE(c.turn);
  b.turn.reset();
  s.loop.spin();
  EXPECT_TRUE(c.leads());
  c.turn.reset();
  auto d = s.join(s.none);
  s.loop.spin();
  EXPECT_TRUE(d.leads()) << "nobody is left in the flight";
}

TEST(Flights, AWaiterThatDiesIsPassedOver) {
  Flying s;
  auto a = s.join(s.none), b = s.join(s.none), c = s.join(s.none);
  s.loop.spin();
  b.leave();
  a.turn.reset();
  s.loop.spin();
  EXPECT_FALSE(b.turn);
  EXPECT_TRUE(c.leads());
}

TEST(Flights, ALeadInTheMailOfTheDeadIsPassedOn) {
  Flying s;
  auto a = s.join(s.none), b = s.join(s.none), c = s.join(s.none);
  s.loop.spin();
  a.turn.reset();  // the letter to b is on its way
  b.leave();
  s.loop.spin();
  EXPECT_TRUE(c.leads());
}

TEST(Flights, WaitingHasADeadline) {
  Flying s;
  auto a = s.join(s.none), b = s.join(s.none);
  s.loop.spin();
  s.loop.advance(2s);
  ASSERT_TRUE(a.leads());
  ASSERT_TRUE(b.turn && !*b.turn);
  EXPECT_EQ(b.turn->error().kind, Error::Kind::deadline);
}

TEST(Flights, KnownVariantsDoNotWaitForEachOther) {
  Flying s;
  Head left{{"X-Side", "left"}}, right{{"X-Side", "right"}}, vary{{"Vary", "X-Side"}};
  s.put(url, "up", vary, {{"X-Side", "up"}});
  auto a = s.join(left), b = s.join(right), c = s.join(right);
  s.loop.spin();
  EXPECT_TRUE(a.leads());
  EXPECT_TRUE(b.leads());
  EXPECT_FALSE(c.turn);
}

TEST(Flights, WhoIsNotMeantByTheAnswerLeadsItsOwn) {
  Flying s;
  Head left{{"X-Side", "left"}}, right{{"X-Side", "right"}}, vary{{"Vary", "X-Side"}};
  auto a = s.join(left), b = s.join(right), c = s.join(left), d = s.join(right);
  s.loop.spin();
  ASSERT_TRUE(a.leads());
  s.fill(a.lead(), vary, 4, std::make_unique<MemoryBody>("left"), left);
  s.loop.spin();
  EXPECT_EQ(s.text_of(c.stored()), "left");
  ASSERT_TRUE(b.leads());
  EXPECT_FALSE(d.turn);
  s.fill(b.lead(), vary, 5, std::make_unique<MemoryBody>("right"), right);
  s.loop.spin();
  EXPECT_EQ(s.text_of(d.stored()), "right");
}

TEST(Flights, AValidationAnswersAll) {
  Flying s;
  s.put(url, "body");
  auto stale = s.find(url);
  auto a = s.join(s.none, stale), b = s.join(s.none, stale);
  s.loop.spin();
  ASSERT_TRUE(a.leads());
  auto fresh = a.lead().refresh(stale, StoredHead{.status = 200, .fields = s.none.fields});
  s.loop.spin();
  EXPECT_EQ(b.stored(), fresh);
  EXPECT_EQ(s.find(url), fresh);
}

TEST(Flights, TheLeadCanBeTriedFor) {
  Flying s;
  s.put(url, "stale");
  auto lead = s.store->try_lead(key_of(url), s.none.fields);
  EXPECT_TRUE(lead);
  EXPECT_FALSE(s.store->try_lead(key_of(url), s.none.fields));
  lead.release();
  EXPECT_TRUE(s.store->try_lead(key_of(url), s.none.fields));
}

TEST(Flights, AreLeftWhenTheWorkerGoes) {
  telemetry::Metrics metrics{1};
  auto store = std::make_shared<CacheStore>(CacheMemory(), 1, metrics);
  Head none;
  Lead lead;
  {
    kit::Loop loop;
    auto until = loop.timers.now() + 1s;
    Joining a(*store, loop.worker, key_of(url), none.fields, until);
    loop.spin();
    lead = std::move(a.lead());
    Joining b(*store, loop.worker, key_of(url), none.fields, until);
    loop.spin();
  }
  lead = Lead();
  EXPECT_TRUE(store->try_lead(key_of(url), none.fields));
}

}  // namespace
}  // namespace sluice::filters::cache
