// Requests to upstreams that the test plays by hand, on connections in memory.
#include "proxy/forwarder_fixture.hpp"
#include "proxy/split.hpp"

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

std::string field(const std::string& head, std::string_view name) {
  auto at = head.find("\r\n" + std::string(name) + ": ");
  if (at == head.npos) return "";
  at += name.size() + 4;
  return head.substr(at, head.find("\r\n", at) - at);
}

}  // namespace

TEST_F(ForwarderTest, SendsWhatWasMatchedAndStreamsTheAnswerBack) {
  to_users();
  Call call(*this, "GET", "/users/7");
  call.x.request.query = "a=b";
  call.x.request.has_query = true;
  call.x.request.fields.add("Accept", "*/*");
  call.go();
  auto head = asked();
  EXPECT_THAT(head, StartsWith("GET /users/7?a=b HTTP/1.1\r\n"));
  EXPECT_EQ(field(head, "Host"), "example.com");
  EXPECT_EQ(field(head, "Accept"), "*/*");
  EXPECT_EQ(field(head, "Content-Length"), "");
  say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhel");
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.received, "hel");
  say("lo");
  EXPECT_EQ(call.sink.received, "hello");
  EXPECT_TRUE(call.sink.complete);
  EXPECT_EQ(call.sink.field("X-A"), "b");
  EXPECT_EQ(call.sink.field("Via"), "");
  EXPECT_EQ(records[0].endpoint, "10.1.0.1:8080");
  EXPECT_EQ(records[0].attempts, 1);
  EXPECT_EQ(records[0].source, telemetry::Source::upstream);
}

TEST_F(ForwarderTest, SaysWhoAsksAndWhereItPassed) {
  to_users();
  Call call(*this, "GET", "/users");
  call.x.request.authority = "example.com:8080";
  call.x.request.fields.add("X-Forwarded-For", "6.6.6.6");
  call.x.request.fields.add("X_Forwarded_Host", "evil.example");
  call.x.request.fields.add("Forwarded", "for=6.6.6.6");
  call.go();
  auto head = asked();
  EXPECT_EQ(field(head, "X-Forwarded-For"), "192.0.2.7");
  EXPECT_EQ(field(head, "X-Forwarded-Proto"), "http");
  EXPECT_EQ(field(head, "X-Forwarded-Host"), "example.com:8080");
  EXPECT_EQ(field(head, "Forwarded"), "for=192.0.2.7;host=\"example.com:8080\";proto=http");
  EXPECT_EQ(field(head, "Via"), "1.1 sluice");
  EXPECT_EQ(field(head, "X-Request-ID"), call.x.id);
  EXPECT_THAT(head, Not(HasSubstr("evil")));
  EXPECT_THAT(head, Not(HasSubstr("6.6.6.6")));
}

TEST_F(ForwarderTest, RewritesAndStripsThePathButKeepsTheQuery) {
  auto& rewritten = to_users();
  rewritten.rewrite = std::get<config::Template>(config::Template::parse("/v2/people/{id}"));
  spec().match.pattern = std::get<config::PathPattern>(config::PathPattern::parse("/users/{id}"));
  auto& stripped = route("v1", "/v1/**");
  stripped.action = Forward{{{users(), 1}}};
  stripped.strip_prefix = "/v1";
  Call a(*this, "GET", "/users/7%2F8"), b(*this, "GET", "/v1/x"), c(*this, "GET", "/v1");
  a.x.request.query = "q";
  a.x.request.has_query = true;
  for (auto* call : {&a, &b, &c}) call->go();
  EXPECT_THAT(asked(0), StartsWith("GET /v2/people/7%2F8?q HTTP/1.1\r\n"));
  EXPECT_THAT(asked(1), StartsWith("GET /x HTTP/1.1\r\n"));
  EXPECT_THAT(asked(2), StartsWith("GET / HTTP/1.1\r\n"));
}

TEST_F(ForwarderTest, HostIsThePolicys) {
  settings.host.kind = config::HostPolicy::Kind::endpoint;
  to_users();
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(field(asked(), "Host"), "10.1.0.1:8080");
}

TEST_F(ForwarderTest, AConnectionIsUsedAgain) {
  to_users();
  warm();
  Call second(*this, "GET", "/users/2");
  second.go();
  EXPECT_EQ(puppet.calls.size(), 1u);
  EXPECT_THAT(asked(), StartsWith("GET /users/2 "));
  say(ok_answer);
  EXPECT_EQ(second.sink.status, 200);
}

// ---- bodies

TEST_F(ForwarderTest, ASmallBodyGoesWithTheHeadWithoutAPump) {
  to_users();
  Call call(*this, "POST", "/users");
  call.x.request.length = 5;
  call.x.request.body = std::make_unique<MemoryBody>("hello");
  call.go();
  auto sent = asked();
  EXPECT_EQ(field(sent, "Content-Length"), "5");
  EXPECT_TRUE(sent.ends_with("\r\n\r\nhello"));
  EXPECT_TRUE(call.x.tasks.empty());
}

TEST_F(ForwarderTest, APostWithoutBodySaysSo) {
  to_users();
  Call call(*this, "POST", "/users");
  call.go();
  EXPECT_EQ(field(asked(), "Content-Length"), "0");
}

TEST_F(ForwarderTest, ABodyOfUnknownLengthIsChunkedAsItComes) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "POST", "/users");
  call.x.request.length = unknown_length;
  call.x.request.body = pipe.body();
  call.go();
  EXPECT_EQ(field(asked(), "Transfer-Encoding"), "chunked");
  pipe.push("abc");
  spin();
  EXPECT_EQ(asked(), "3\r\nabc\r\n");
  pipe.push("de", true);
  spin();
  EXPECT_EQ(asked(), "2\r\nde\r\n0\r\n\r\n");
  say(ok_answer);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(ForwarderTest, AnUpstreamThatDoesNotReadHoldsTheClientBack) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "POST", "/users");
  call.x.request.length = 1 << 20;
  call.x.request.body = pipe.body();
  call.go();
  asked();
  wire().limit(64 * 1024);
  pipe.push(std::string(1 << 20, 'x'), true);
  spin();
  EXPECT_LT(pipe.pulled, 200'000u);
  wire().limit(64 * 1024);
  auto sent = asked().size();
  for (int i = 0; i < 100; ++i, sent += asked().size()) spin();
  EXPECT_EQ(sent, std::size_t{1 << 20});
}

TEST_F(ForwarderTest, AnAnswerMayComeWhileTheUploadRunsOn) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "POST", "/users");
  call.x.request.length = unknown_length;
  call.x.request.body = pipe.body();
  pipe.push("part");
  call.go();
  asked();
  say("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nno");
  EXPECT_EQ(call.sink.status, 401);
  pipe.push("more");
  spin();
  EXPECT_EQ(asked(), "4\r\nmore\r\n") << "the upload outlives the head";
  say("pe");
  EXPECT_TRUE(call.sink.complete);
  EXPECT_EQ(call.ends, 1);
  EXPECT_TRUE(pipe.abandoned);
  pipe.push("late");
  spin();
  EXPECT_EQ(asked(), "");
  Call next_call(*this, "GET", "/users");
  next_call.go();
  EXPECT_EQ(puppet.calls.size(), 2u) << "a connection with half a request on it is never used again";
}

TEST_F(ForwarderTest, AClientsBrokenBodyEndsTheUpstreamExchange) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "POST", "/users");
  call.x.request.length = unknown_length;
  call.x.request.body = pipe.body();
  call.go();
  pipe.push("ab");
  spin();
  pipe.fail(Error(Error::Kind::malformed, Error::Side::downstream, "chunk_size"));
  spin();
  EXPECT_EQ(call.sink.status, 400);
  EXPECT_EQ(records[0].cause, "chunk_size");
  EXPECT_TRUE(wire().far_saw_end());
}

TEST_F(ForwarderTest, ABodyThatGrowsOverTheLimitIs413AndItsRestIsNeverSent) {
  kit::Pipe pipe;
  to_users().max_body = Size{5};
  Call call(*this, "POST", "/users");
  call.x.request.length = unknown_length;
  call.x.request.body = pipe.body();
  pipe.push("abc");
  call.go();
  pipe.push("def");
  spin();
  EXPECT_EQ(call.sink.status, 413);
  EXPECT_THAT(asked(), Not(HasSubstr("def")));
  EXPECT_TRUE(wire().far_saw_end());
}

TEST_F(ForwarderTest, ABodyThatLiesAboutItsLengthNeverReachesAnotherRequest) {
  to_users();
  for (auto text : {"far too long", "short"}) {
    Call whole(*this, "POST", "/users");
    whole.x.request.length = 8;
    whole.x.request.body = kit::ends_after(text);
    whole.go();
    EXPECT_EQ(whole.sink.status, 500) << text;
    EXPECT_EQ(records.back().cause, "body_length");

    kit::Pipe pipe;
    Call pumped(*this, "POST", "/users");
    pumped.x.request.length = 8;
    pumped.x.request.body = pipe.body();
    pumped.go();
    pipe.push(text, true);
    spin();
    EXPECT_EQ(pumped.sink.status, 500) << text;
    EXPECT_TRUE(wire(puppet.calls.size() - 1).far_saw_end()) << text;
  }
}

TEST_F(ForwarderTest, AnExpectationIsPassedOnAndTheBodyWaitsForTheHundred) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "PUT", "/users");
  call.x.request.length = 3;
  call.x.request.expects_continue = true;
  call.x.request.body = pipe.body();
  pipe.push("abc", true);
  call.go();
  EXPECT_EQ(field(asked(), "Expect"), "100-continue");
  EXPECT_EQ(pipe.pulled, 0u);
  say("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(asked(), "abc");
  EXPECT_TRUE(call.sink.interims.empty()) << "the session says 100 when the body is read";
  say(ok_answer);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(ForwarderTest, AnExpectationWithoutAnswerEndsAfterASecond) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "PUT", "/users");
  call.x.request.length = 3;
  call.x.request.expects_continue = true;
  call.x.request.body = pipe.body();
  pipe.push("abc", true);
  call.go();
  asked();
  loop.advance(990ms);
  EXPECT_EQ(asked(), "");
  loop.advance(20ms);
  EXPECT_EQ(asked(), "abc");
}

TEST_F(ForwarderTest, ARefusalInsteadOfTheHundredMeansThatTheBodyIsNotSent) {
  kit::Pipe pipe;
  to_users();
  Call call(*this, "PUT", "/users");
  call.x.request.length = 3;
  call.x.request.expects_continue = true;
  call.x.request.body = pipe.body();
  pipe.push("abc", true);
  call.go();
  asked();
  say("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(call.sink.status, 417);
  loop.advance(2s);
  EXPECT_EQ(pipe.pulled, 0u);
  EXPECT_TRUE(wire().far_saw_end());
}

// ---- heads that are not the last word

TEST_F(ForwarderTest, InterimAnswersArePassedOn) {
  to_users();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
  EXPECT_EQ(call.sink.interims, (std::vector<std::uint16_t>{103, 102}));
  say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(call.sink.field("Link"), "");
}

TEST_F(ForwarderTest, InterimAnswersWithoutEndAre502) {
  to_users();
  Call call(*this, "GET", "/users");
  call.go();
  for (int i = 0; i < 40; ++i) say("HTTP/1.1 102 Processing\r\n\r\n");
  EXPECT_EQ(call.sink.interims.size(), 32u);
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(records[0].cause, "too_many_interim_heads");
  EXPECT_TRUE(wire().far_saw_end());
}

TEST_F(ForwarderTest, ATunnelIsRawBothWaysAndHasNoDeadlineButItsOwn) {
  kit::Pipe client;
  auto& r = to_users();
  r.timeouts.tunnel = 60s;
  r.timeouts.total = 10s;
  Call call(*this, "GET", "/users");
  call.x.request.upgrade = "websocket";
  call.x.request.length = unknown_length;
  call.x.request.body = client.body();
  call.go();
  auto head = asked();
  EXPECT_EQ(field(head, "Upgrade"), "websocket");
  EXPECT_EQ(field(head, "Connection"), "upgrade");
  say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  EXPECT_EQ(call.sink.status, 101);
  EXPECT_EQ(call.sink.received, "early");
  loop.advance(50s);
  client.push("hi");
  spin();
  EXPECT_EQ(asked(), "hi");
  loop.advance(50s);
  EXPECT_FALSE(call.done()) << "what the client says keeps the tunnel open, too";
  say("ho");
  EXPECT_EQ(call.sink.received, "earlyho");
  loop.advance(61s);
  EXPECT_TRUE(call.done());
  EXPECT_TRUE(call.sink.aborted);
  EXPECT_EQ(records[0].cause, "tunnel_idle");
}

TEST_F(ForwarderTest, ATunnelPassesTheClientsEndOn) {
  kit::Pipe client;
  to_users();
  Call call(*this, "GET", "/users");
  call.x.request.upgrade = "websocket";
  call.x.request.body = client.body();
  call.go();
  say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  client.push("bye", true);
  spin();
  EXPECT_THAT(asked(), HasSubstr("bye"));
  EXPECT_TRUE(wire().far_saw_end());
  EXPECT_FALSE(call.done());
  say("last");
  wire().end();
  spin();
  EXPECT_EQ(call.sink.received, "last");
  EXPECT_TRUE(call.done());
  EXPECT_TRUE(call.outcome.complete);
}

TEST_F(ForwarderTest, ARefusedUpgradeIsAnOrdinaryAnswer) {
  kit::Pipe client;
  to_users();
  Call call(*this, "GET", "/users");
  call.x.request.upgrade = "websocket";
  call.x.request.body = client.body();
  call.go();
  say("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(call.sink.status, 403);
  EXPECT_EQ(call.sink.received, "no");
  EXPECT_EQ(client.pulled, 0u);
}

TEST_F(ForwarderTest, A101ThatNobodyAskedForIs502) {
  to_users();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::upe});
}

// ---- failures

TEST_F(ForwarderTest, WithoutAHealthyEndpointItIs503AtOnce) {
  auto upstream = users();
  upstream->endpoints()->members()[0].endpoint->set_health(false, "test");
  route("users", "/users/**").action = Forward{{{upstream, 1}}};
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 503);
  EXPECT_EQ(call.sink.field("Retry-After"), "1");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::uh});
  EXPECT_EQ(records[0].cause, "no_healthy_endpoint");
  EXPECT_EQ(records[0].attempts, 0);
  EXPECT_TRUE(puppet.calls.empty());
}

TEST_F(ForwarderTest, AConnectionThatCannotBeMadeIsMadeToTheNextEndpoint) {
  endpoint("http://10.1.0.1:8080");
  endpoint("http://10.1.0.2:8080");
  to_users();
  refusals = 1;
  Call call(*this, "POST", "/users");
  call.x.request.length = 5;
  call.x.request.body = std::make_unique<MemoryBody>("hello");
  call.go();
  ASSERT_EQ(puppet.calls.size(), 2u);
  EXPECT_NE(puppet.calls[0].address, puppet.calls[1].address);
  EXPECT_TRUE(asked(1).ends_with("hello"));
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records[0].attempts, 2);
}

TEST_F(ForwarderTest, WhenNobodyCanBeReachedTheLastCauseIsTold) {
  to_users();
  refusals = 1;
  Call call(*this, "GET", "/users");
  call.go();
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(records[0].cause, "connect_refused");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::uf});
}

TEST_F(ForwarderTest, AReusedConnectionThatBrokeIsReplacedOnceForAHarmlessRequest) {
  to_users();
  warm();
  Call call(*this, "GET", "/users/2");
  call.go();
  EXPECT_THAT(asked(), StartsWith("GET /users/2 "));
  wire().reset();
  spin();
  ASSERT_EQ(puppet.calls.size(), 2u);
  EXPECT_THAT(asked(1), StartsWith("GET /users/2 "));
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
  EXPECT_EQ(records[1].attempts, 1) << "the free one is no attempt";
}

TEST_F(ForwarderTest, TheFreeOneComesOnlyOnce) {
  to_users();
  warm();
  Call call(*this, "GET", "/users/2");
  call.go();
  wire().reset();
  spin();
  wire(1).reset();
  spin();
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(puppet.calls.size(), 2u);
  EXPECT_EQ(records[1].flags, ResponseFlags{Flag::uc});
}

TEST_F(ForwarderTest, APostOnABrokenConnectionIsNotRepeated) {
  to_users();
  warm();
  Call call(*this, "POST", "/users/2");
  call.go();
  wire().reset();
  spin();
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(puppet.calls.size(), 1u);
}

TEST_F(ForwarderTest, APutWhoseBodyIsHereAsAWholeIsRepeated) {
  to_users();
  warm();
  Call call(*this, "PUT", "/users/2");
  call.x.request.length = 5;
  call.x.request.body = kit::ends_after("hello");
  call.go();
  EXPECT_TRUE(asked().ends_with("hello"));
  wire().reset();
  spin();
  ASSERT_EQ(puppet.calls.size(), 2u);
  EXPECT_TRUE(asked(1).ends_with("\r\n\r\nhello"));
  say(ok_answer, 1);
  EXPECT_EQ(call.sink.status, 200);
}

TEST_F(ForwarderTest, APutWhoseBodyIsPartlyGoneIsNotRepeated) {
  kit::Pipe pipe;
  to_users();
  warm();
  Call call(*this, "PUT", "/users/2");
  call.x.request.length = 10;
  call.x.request.body = pipe.body();
  pipe.push("hello");
  call.go();
  wire().reset();
  spin();
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(puppet.calls.size(), 1u);
}

TEST_F(ForwarderTest, AnAnswerThatBeganIsNeverAskedForAgain) {
  to_users();
  warm();
  Call call(*this, "GET", "/users/2");
  call.go();
  say("HTTP/1.1 2");
  wire().reset();
  spin();
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(puppet.calls.size(), 1u);
}

TEST_F(ForwarderTest, ABrokenAnswerIs502AndItsConnectionIsNotUsedAgain) {
  to_users();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello");
  EXPECT_EQ(call.sink.status, 502);
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::upe});
  EXPECT_TRUE(wire().far_saw_end());
}

TEST_F(ForwarderTest, AnUpstreamThatIsTooSlowIs504AndItsConnectionCloses) {
  to_users().timeout = 200ms;
  Call call(*this, "GET", "/users");
  call.go();
  loop.advance(210ms);
  EXPECT_EQ(call.sink.status, 504);
  EXPECT_EQ(records[0].cause, "route_timeout");
  EXPECT_TRUE(wire().far_saw_end());
}

TEST_F(ForwarderTest, SilenceBetweenBytesCutsTheAnswerOff) {
  to_users().timeouts.idle = 100ms;
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhe");
  loop.advance(90ms);
  say("ll");
  loop.advance(90ms);
  EXPECT_FALSE(call.done());
  loop.advance(20ms);
  EXPECT_TRUE(call.sink.aborted);
  EXPECT_EQ(records[0].cause, "upstream_idle");
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::ut});
  EXPECT_EQ(records[0].sent, 4u);
}

TEST_F(ForwarderTest, TheTotalCutsAnAnswerThatNeverEnds) {
  to_users().timeouts.total = 500ms;
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 10 && !call.done(); ++i) {
    say("1\r\nx\r\n");
    loop.advance(100ms);
  }
  EXPECT_TRUE(call.sink.aborted);
  EXPECT_EQ(records[0].cause, "total_timeout");
  EXPECT_EQ(records[0].sent, 5u);
}

TEST_F(ForwarderTest, AClientThatLeavesClosesTheConnectionToTheUpstream) {
  to_users();
  Call call(*this, "GET", "/users");
  call.go();
  say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhe");
  call.client_gone();
  EXPECT_TRUE(wire().far_saw_end());
  EXPECT_EQ(records[0].status, 200);
  EXPECT_EQ(records[0].flags, ResponseFlags{Flag::dc});
}

TEST_F(ForwarderTest, ASlowClientHoldsTheUpstreamBack) {
  to_users();
  Call call(*this, "GET", "/users");
  call.sink.slow = true;
  call.go();
  wire().limit_near(1000);
  say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));
  EXPECT_LT(call.sink.received.size(), 200'000u);
}

TEST_F(ForwarderTest, WeightsDivideTheCallersAndZeroGetsNone) {
  auto upstream_of = [&](const char* name, const char* url) {
    config::Upstream one;
    one.endpoints.push_back({*Scalar<config::EndpointUrl>::parse(url), 1});
    return std::make_shared<upstream::Upstream>(name, one, registry, nullptr);
  };
  Weights::Table weights{{"a", 3}, {"b", 1}, {"c", 0}};
  auto split = std::make_shared<Split>(config::Split(), std::vector<std::string>{"a", "b", "c"},
                                       std::make_shared<Weights>(weights, 1), "users", metrics);
  route("users", "/users/**").action = Forward{{{upstream_of("a", "http://10.1.0.1:1"), 3},
                                                {upstream_of("b", "http://10.1.0.2:1"), 1},
                                                {upstream_of("c", "http://10.1.0.3:1"), 0}},
                                               split};
  for (int i = 0; i < 400; ++i) {
    Call call(*this, "GET", "/users");
    auto caller = "192.0.2." + std::to_string(i % 250) + (i < 250 ? "" : "9");
    call.x.client_text = caller;
    call.go();
    call.client_gone();
  }
  auto count = [&](std::string_view address) {
    return std::ranges::count(puppet.calls, address, &PuppetDialler::Call::address);
  };
  EXPECT_NEAR(static_cast<double>(count("10.1.0.1:1")), 300, 40);
  EXPECT_NEAR(static_cast<double>(count("10.1.0.2:1")), 100, 40);
  EXPECT_EQ(count("10.1.0.3:1"), 0);
}
