// Copies of requests: what is in them, what is not copied, and that nobody waits for them.
#include "proxy/mirror.hpp"

#include "proxy/forwarder_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using proxy::testing::ForwarderTest;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using upstream::testing::ok_answer;
using upstream::testing::PuppetDialler;

namespace {

struct MirrorTest : ForwarderTest {
  config::Mirror mirror;
  std::shared_ptr<Mirror::Level> in_flight = std::make_shared<Mirror::Level>(0);

  ~MirrorTest() override { loop.reactor.background().cancel(); }  // as a worker does before its parts die

  Route& mirrored() {
    config::Upstream shadow;
    shadow.endpoints.push_back({*Scalar<config::EndpointUrl>::parse("http://10.2.0.1:8080"), 1});
    auto to = std::make_shared<upstream::Upstream>("shadow", shadow, registry, nullptr);
    auto& route = to_users();
    route.mirror = std::make_shared<const Mirror>(mirror, to, in_flight, "users", metrics);
    return route;
  }
  // The place among the dials of the n-th connection to the mirror, or to the users.
  std::size_t nth(std::string_view address, std::size_t n) {
    for (std::size_t i = 0; i < puppet.calls.size(); ++i)
      if (puppet.calls[i].address == address && n-- == 0) return i;
    ADD_FAILURE() << "no connection to " << address;
    return 0;
  }
  std::size_t shadow(std::size_t n = 0) { return nth("10.2.0.1:8080", n); }
  std::size_t main(std::size_t n = 0) { return nth("10.1.0.1:8080", n); }
  bool is_mirrored() const {
    return std::ranges::count(puppet.calls, "10.2.0.1:8080", &PuppetDialler::Call::address) != 0;
  }
  int result(const std::string& name) const {
    auto series = R"(sluice_mirror_requests_total{route="users",upstream="shadow",result=")" + name + "\"} ";
    auto text = metrics.text();
    auto at = text.find(series);
    return at == text.npos ? -1 : std::atoi(text.c_str() + at + series.size());
  }
  static void give(Call& call, BodyPtr body, std::uint64_t length) {
    call.x.request.body = std::move(body);
    call.x.request.length = length;
  }
};

}  // namespace

TEST_F(MirrorTest, TheSameIsAskedOfBothAndTheClientHearsTheUpstream) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.x.request.query = "a=1";
  call.x.request.has_query = true;
  call.x.request.fields.add("X-Tenant", "north");
  call.go();
  auto copy = asked(shadow()), original = asked(main());
  EXPECT_EQ(copy, original);
  EXPECT_THAT(copy, StartsWith("GET /users/7?a=1 HTTP/1.1\r\n"));
  EXPECT_THAT(copy, HasSubstr("X-Tenant: north\r\n"));
  EXPECT_THAT(copy, HasSubstr("Via: 1.1 sluice\r\n"));
  say("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nnope", shadow());
  EXPECT_FALSE(call.done());
  say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", main());
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.received, "ok");
  EXPECT_EQ(result("badly"), 1);
}

TEST_F(MirrorTest, NobodyWaitsForIt) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.go();
  say(ok_answer, main());
  EXPECT_TRUE(call.done());
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_FALSE(loop.reactor.background().empty());
  say(ok_answer, shadow());
  EXPECT_TRUE(loop.reactor.background().empty());
  EXPECT_EQ(result("well"), 1);
}

TEST_F(MirrorTest, ItOutlivesTheClient) {
  mirrored();
  auto call = std::make_unique<Call>(*this, "GET", "/users/7");
  call->go();
  call->client_gone();
  call.reset();
  EXPECT_EQ(result("well"), 0);
  say(ok_answer, shadow());
  EXPECT_EQ(result("well"), 1);
}

TEST_F(MirrorTest, ItCarriesNoCredentials) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.x.request.fields.add("Authorization", "Bearer secret");
  call.x.request.fields.add("Cookie", "session=secret");
  call.go();
  EXPECT_THAT(asked(shadow()), Not(HasSubstr("secret")));
  EXPECT_THAT(asked(main()), HasSubstr("session=secret")) << "the upstream has them in any case";
}

TEST_F(MirrorTest, WithCredentialsItCarriesThem) {
  mirror.credentials = true;
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.x.request.fields.add("Authorization", "Bearer secret");
  call.x.request.fields.add("Cookie", "session=secret");
  call.go();
  auto copy = asked(shadow());
  EXPECT_THAT(copy, HasSubstr("Authorization: Bearer secret\r\n"));
  EXPECT_THAT(copy, HasSubstr("Cookie: session=secret\r\n"));
}

TEST_F(MirrorTest, OnlySafeMethodsUnlessOthersAreNamed) {
  mirrored();
  for (auto* method : {"POST", "PUT", "DELETE", "PATCH", "PURGE"}) {
    Call call(*this, method, "/users/7");
    call.go();
    EXPECT_FALSE(is_mirrored()) << method;
    say(ok_answer, puppet.calls.size() - 1);
  }
  Call head(*this, "HEAD", "/users/7");
  head.go();
  EXPECT_TRUE(is_mirrored());
}

TEST_F(MirrorTest, ABodyIsCopiedOnceTheUpstreamHasIt) {
  mirror.methods = {"POST"};
  mirrored();
  kit::Pipe pipe;
  Call call(*this, "POST", "/users");
  give(call, pipe.body(), 10);
  call.go();
  pipe.push("first");
  spin();
  EXPECT_THAT(asked(main()), ::testing::EndsWith("first")) << "it does not wait to be copied";
  EXPECT_FALSE(is_mirrored());
  pipe.push("again", true);
  spin();
  EXPECT_EQ(asked(main()), "again");
  auto copy = asked(shadow());
  EXPECT_THAT(copy, StartsWith("POST /users HTTP/1.1\r\n"));
  EXPECT_THAT(copy, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(copy, ::testing::EndsWith("\r\n\r\nfirstagain"));
  EXPECT_THAT(copy, Not(HasSubstr("Via: 1.1 sluice, 1.1 sluice"))) << "announced once";
}

TEST_F(MirrorTest, ABodyOverTheBoundIsNotMirroredAndCounted) {
  mirror.methods = {"POST"};
  mirror.max_body = {8};
  mirrored();
  Call announced(*this, "POST", "/users"), chunked(*this, "POST", "/users"), within(*this, "POST", "/users");
  give(announced, std::make_unique<MemoryBody>("123456789"), 9);
  announced.go();
  EXPECT_EQ(result("too_large"), 1);
  kit::Pipe pipe;
  give(chunked, pipe.body(), unknown_length);
  chunked.go();
  pipe.push("12345678");
  spin();
  EXPECT_EQ(result("too_large"), 1);
  pipe.push("9", true);
  spin();
  EXPECT_EQ(result("too_large"), 2);
  EXPECT_FALSE(is_mirrored());
  EXPECT_EQ(*in_flight, 0u);
  EXPECT_THAT(asked(main(1)), HasSubstr("12345678")) << "the upstream has all of it";
  give(within, std::make_unique<MemoryBody>("12345678"), 8);
  within.go();
  EXPECT_TRUE(is_mirrored());
}

TEST_F(MirrorTest, ABodyThatBreaksOffIsCutOff) {
  mirror.methods = {"POST"};
  mirrored();
  kit::Pipe pipe;
  Call call(*this, "POST", "/users");
  give(call, pipe.body(), 10);
  call.go();
  pipe.push("first");
  spin();
  EXPECT_EQ(*in_flight, 1u);
  call.client_gone();
  EXPECT_EQ(result("cut"), 1);
  EXPECT_EQ(*in_flight, 0u);
  EXPECT_FALSE(is_mirrored());
}

TEST_F(MirrorTest, ABodyThatIsSentAgainIsCopiedOnce) {
  mirror.methods = {"PUT"};
  endpoint("http://10.1.0.1:8080");
  endpoint("http://10.1.0.1:8081");
  auto& route = mirrored();
  config::Retry retry;
  retry.backoff = Duration{};
  route.persistence = std::make_shared<const Persistence>(Persistence{RetryRules(retry), {}});
  Call call(*this, "PUT", "/users/7");
  give(call, std::make_unique<MemoryBody>("body"), 4);
  call.go();
  auto first = shadow() == 0 ? 1u : 0u;
  say("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", first);
  loop.advance(10ms);
  ASSERT_EQ(puppet.calls.size(), 3u);
  EXPECT_THAT(asked(2), ::testing::EndsWith("\r\n\r\nbody"));
  say(ok_answer, 2);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_THAT(asked(shadow()), ::testing::EndsWith("\r\n\r\nbody"));
  say(ok_answer, shadow());
  EXPECT_EQ(result("well"), 1);
}

TEST_F(MirrorTest, OnlySoManyAreUnderWay) {
  mirror.max = 2;
  mirrored();
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 5; ++i) calls.emplace_back(new Call(*this, "GET", "/users/7"))->go();
  EXPECT_EQ(std::ranges::count(puppet.calls, "10.2.0.1:8080", &PuppetDialler::Call::address), 2);
  EXPECT_EQ(result("too_many"), 3);
  EXPECT_EQ(*in_flight, 2u);
  EXPECT_TRUE(metrics.text().find(R"(sluice_mirror_in_flight{route="users",upstream="shadow"} 2)") !=
              std::string::npos);
  say(ok_answer, shadow());
  Call next_one(*this, "GET", "/users/7");
  next_one.go();
  EXPECT_EQ(*in_flight, 2u);
  EXPECT_EQ(result("too_many"), 3);
}

TEST_F(MirrorTest, OneThatSaysNothingIsGivenUpAfterTheRoutesTimeout) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.go();
  say(ok_answer, main());
  loop.advance(4900ms);
  EXPECT_EQ(result("badly"), 0);
  loop.advance(200ms);
  EXPECT_EQ(result("badly"), 1);
  EXPECT_TRUE(loop.reactor.background().empty());
  EXPECT_EQ(*in_flight, 0u);
}

TEST_F(MirrorTest, OneThatCannotBeReachedIsToldByItsMetricsAlone) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.go();
  wire(shadow()).say("not HTTP at all\r\n\r\n");
  spin();
  say(ok_answer, main());
  EXPECT_EQ(result("badly"), 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records.size(), 1u) << "no record of its own";
  EXPECT_FALSE(records[0].flags.any());
  EXPECT_EQ(metrics.text().find("10.2.0.1:8080\",code"), std::string::npos);
}

TEST_F(MirrorTest, ItsAnswerIsReadToTheEndSoThatTheConnectionIsKept) {
  mirrored();
  Call first(*this, "GET", "/users/7");
  first.go();
  say("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", shadow());
  EXPECT_FALSE(loop.reactor.background().empty());
  say(std::string(100'000, 'x'), shadow());
  EXPECT_TRUE(loop.reactor.background().empty());
  asked(shadow());
  Call second(*this, "GET", "/users/8");
  second.go();
  EXPECT_THAT(asked(shadow()), StartsWith("GET /users/8 "));
}

TEST_F(MirrorTest, AConnectionThatWasClosedMeanwhileIsReplaced) {
  mirrored();
  Call first(*this, "GET", "/users/7");
  first.go();
  say(ok_answer, shadow());
  Call second(*this, "GET", "/users/8");
  second.go();
  wire(shadow()).reset();
  spin();
  EXPECT_THAT(asked(shadow(1)), StartsWith("GET /users/8 "));
  say(ok_answer, shadow(1));
  EXPECT_EQ(result("well"), 2);
}

TEST_F(MirrorTest, AnEndlessAnswerIsNotReadToItsEnd) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.go();
  say("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", shadow());
  say(std::string(1 << 21, 'x'), shadow());
  EXPECT_TRUE(loop.reactor.background().empty());
  EXPECT_EQ(result("well"), 1);
}

TEST_F(MirrorTest, AShareOfTheRequestsIsMirrored) {
  mirror.sample = Percent{0.1};
  mirror.max = 100'000;
  mirrored();
  for (int i = 0; i < 1000; ++i) {
    Call call(*this, "GET", "/users/7");
    call.go();
    call.client_gone();
  }
  EXPECT_NEAR(static_cast<double>(*in_flight), 100, 30);
}

TEST_F(MirrorTest, ATunnelHasNoCopy) {
  mirrored();
  Call call(*this, "GET", "/users/ws");
  call.x.request.upgrade = "websocket";
  call.go();
  EXPECT_FALSE(is_mirrored());
}

TEST_F(MirrorTest, AReloadDoesNotCutItOff) {
  mirrored();
  auto call = std::make_unique<Call>(*this, "GET", "/users/7");
  call->go();
  say(ok_answer, main());
  call.reset();
  std::weak_ptr<const Snapshot> old = next;
  next = fresh();
  gateway.publish(next);
  EXPECT_FALSE(old.expired());
  say(ok_answer, shadow());
  EXPECT_EQ(result("well"), 1);
  gateway.drop_unused_snapshots();
  EXPECT_TRUE(old.expired());
}

TEST_F(MirrorTest, ADrainCutsItOff) {
  mirrored();
  Call call(*this, "GET", "/users/7");
  call.go();
  loop.reactor.background().cancel();
  EXPECT_EQ(result("cut"), 1);
  EXPECT_EQ(*in_flight, 0u);
}
