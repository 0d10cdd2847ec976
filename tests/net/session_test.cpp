// HTTP/1 sessions over a connection in memory: what a client sees, byte for byte.
#include "net/session.hpp"

#include <gtest/gtest.h>

#include "loop.hpp"
#include "memory_transport.hpp"
#include "net/connection.hpp"
#include "sluice/waiter.hpp"

using namespace sluice;
using namespace sluice::net;
using namespace std::chrono_literals;

namespace {

// Answers as the test says, and remembers what it saw.
class Puppet final : public Handler {
 public:
  std::function<Task<Unit>(Exchange&, ResponseSink&)> play;
  mutable std::vector<std::string> seen;
  mutable std::vector<std::string> refused;
  mutable std::vector<std::string> abandoned;

  Task<Unit> serve(Exchange& x, ResponseSink& sink) const override {
    seen.push_back(std::string(x.request.method_text) + " " + std::string(x.request.path));
    auto playing = play(x, sink);
    co_await playing;
    Outcome outcome{};
    outcome.complete = true;
    x.end(outcome);
    co_return Unit{};
  }
  Task<Unit> refuse(Exchange& x, ResponseSink& sink, std::uint16_t status,
                    const char* reason) const override {
    refused.push_back(std::to_string(status) + " " + reason);
    x.refuse(status, reason);
    auto heading = sink.head(x.response);
    auto sent = co_await heading;
    (void)sent;
    x.end(Outcome{});
    co_return Unit{};
  }
  void abandon(Exchange& x, const Error& why) const noexcept override {
    abandoned.push_back(why.cause);
    x.end(Outcome{});
  }
};

Task<Unit> answer(Exchange& x, ResponseSink& sink, std::string body) {
  x.response.status = 200;
  x.response.length = body.size();
  x.response.body = std::make_unique<MemoryBody>(std::move(body));
  auto heading = sink.head(x.response);
  auto headed = co_await heading;
  auto reading = x.response.body->read(SIZE_MAX);
  auto chunk = co_await reading;
  auto writing = sink.body(*chunk);
  auto sent = co_await writing;
  (void)headed, (void)sent;
  co_return Unit{};
}

Task<Unit> echo(Exchange& x, ResponseSink& sink) {
  std::string all;
  for (bool end = !x.request.body; !end;) {
    auto reading = x.request.body->read(65536);
    auto chunk = co_await reading;
    if (!chunk) {
      x.refuse(chunk.error().kind == Error::Kind::timeout ? 408 : 400, chunk.error().cause);
      auto heading = sink.head(x.response);
      auto headed = co_await heading;
      (void)headed;
      co_return Unit{};
    }
    all.append(chunk->bytes.data(), chunk->bytes.size());
    end = chunk->end;
  }
  auto answering = answer(x, sink, all);
  co_await answering;
  co_return Unit{};
}

struct Sessions : testing::Test {
  TestLoop loop;
  Puppet handler;
  std::shared_ptr<SessionSettings> settings = std::make_shared<SessionSettings>();
  std::optional<ListenerContext> listener;
  MemoryWire wire;

  Sessions() {
    settings->head_timeout = 10s;
    settings->body_timeout = 30s;
    settings->idle_timeout = 75s;
    settings->write_timeout = 30s;
    handler.play = echo;
  }
  ~Sessions() override {
    if (!listener) return;
    listener->cut();
    loop.spin();
    EXPECT_EQ(listener->count, 0u);
  }
  void connect(MemoryWire& w) {
    if (!listener) listener.emplace("public", loop.reactor, handler, settings);
    auto* c = new Connection(*listener, Accepted{-1, *IpAddress::parse("192.0.2.1"), 1234, {}, 80}, w.near());
    w.attach(c->stream);
    loop.reactor.mailbox().post([c] { c->start(); });
    loop.spin();
  }
  void connect() { connect(wire); }
  std::string ask(std::string_view bytes) {
    wire.say(bytes);
    loop.spin();
    return wire.take();
  }
};

constexpr auto get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string without_date(std::string s) {
  if (auto at = s.find("Date: "); at != std::string::npos) s.erase(at, s.find("\r\n", at) + 2 - at);
  return s;
}

}  // namespace

TEST_F(Sessions, AnswersAndKeepsTheConnection) {
  connect();
  auto first = without_date(ask(get));
  EXPECT_EQ(first, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(without_date(ask(get)), first);
  EXPECT_EQ(listener->count, 1u);
}

TEST_F(Sessions, TakesAHeadInSinglePieces) {
  connect();
  std::string_view head = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  std::string got;
  for (char c : head) got += ask({&c, 1});
  EXPECT_TRUE(got.ends_with("\r\n\r\nabc")) << got;
}

TEST_F(Sessions, AnswersPipelinedRequestsInOrder) {
  connect();
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n" +
            std::to_string(10 + i);
  auto got = ask(many);
  EXPECT_EQ(handler.seen.size(), 50u);
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = got.find("\r\n\r\n" + std::to_string(10 + i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(Sessions, ReadsAChunkedBodyAndThePipelinedRequestAfterIt) {
  connect();
  auto got =
      ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
          "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /next "
          "HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(got.find("\r\n\r\nabcde"), std::string::npos);
  EXPECT_EQ(handler.seen.back(), "GET /next");
}

TEST_F(Sessions, ABodyLargerThanAllBuffersComesThroughWhole) {
  connect();
  std::string body(300'000, 'x');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  wire.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
  std::string got;
  for (std::size_t at = 0; at < body.size(); at += 7919) got += ask(std::string_view(body).substr(at, 7919));
  EXPECT_TRUE(got.ends_with(body));
  EXPECT_NE(ask(get).find("200"), std::string::npos);
}

TEST_F(Sessions, RefusesAMalformedHeadAndCloses) {
  connect();
  auto got = ask("GET / HTTP/1.1\r\nHost : x\r\n\r\n");
  EXPECT_NE(got.find("HTTP/1.1 400"), std::string::npos);
  EXPECT_NE(got.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(wire.far_saw_end());
  EXPECT_TRUE(handler.seen.empty());
  wire.end();
  loop.spin();
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, LingersAtMostTwoSecondsForAClientThatGoesOnSending) {
  connect();
  ask("GET / HTTP/1.1\r\nHost : x\r\n\r\n");
  for (int i = 0; i < 4; ++i) {
    loop.advance(400ms);
    wire.say("more and more");
    loop.spin();
    EXPECT_EQ(listener->count, 1u);
  }
  loop.advance(1s);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, ASlowHeadIsToldAndCut) {
  connect();
  for (int i = 0; i < 9; ++i) {
    ask("X");
    loop.advance(1s);
    EXPECT_EQ(listener->count, 1u);
  }
  loop.advance(1100ms);
  EXPECT_NE(wire.take().find("HTTP/1.1 408"), std::string::npos);
  loop.advance(3s);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, ASilentConnectionIsClosedWithoutAWord) {
  connect();
  loop.advance(9900ms);
  EXPECT_EQ(listener->count, 1u);
  loop.advance(200ms);
  EXPECT_EQ(wire.take(), "");
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AnIdleConnectionIsClosedAtItsDeadline) {
  connect();
  ask(get);
  loop.advance(74s);
  EXPECT_EQ(listener->count, 1u);
  loop.advance(1100ms);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AStalledBodyIsCutAtItsDeadline) {
  connect();
  ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  loop.advance(29s);
  EXPECT_EQ(wire.take(), "");
  loop.advance(1100ms);
  EXPECT_NE(wire.take().find("HTTP/1.1 408"), std::string::npos);
}

TEST_F(Sessions, ABodyBelowTheRateIsCut) {
  settings->body_rate = 100;
  connect();
  ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
  std::string got;
  int seconds = 0;
  for (; got.empty() && seconds < 100; ++seconds) {
    got = ask(std::string(50, 'x'));
    loop.advance(1s);
    got += wire.take();
  }
  EXPECT_NE(got.find("HTTP/1.1 408"), std::string::npos);
  // 30 s of grace, and half of what was sent since is earned: 30 + 30/2 + 15/2 + ...
  EXPECT_NEAR(seconds, 60, 2);
}

TEST_F(Sessions, ABodyAboveTheRateIsNot) {
  settings->body_rate = 100;
  connect();
  ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n");
  std::string got;
  for (int i = 0; i < 100; ++i) {
    got += ask(std::string(200, 'x'));
    loop.advance(1s);
  }
  EXPECT_NE(got.find("xxx"), std::string::npos);
}

TEST_F(Sessions, AnIncompleteBodyIsABrokenOne) {
  connect();
  ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  wire.end();
  loop.spin();
  EXPECT_NE(wire.take().find("HTTP/1.1 400"), std::string::npos);
}

TEST_F(Sessions, AHalfClosedClientGetsItsAnswer) {
  connect();
  wire.say(get);
  wire.end();
  loop.spin();
  EXPECT_NE(wire.take().find("HTTP/1.1 200"), std::string::npos);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AClientThatLeavesEndsItsExchange) {
  bool unwound = false;
  std::vector<Resolver<int>> never;
  handler.play = [&](Exchange&, ResponseSink&) -> Task<Unit> {
    struct Flag {
      bool& b;
      explicit Flag(bool& f) : b(f) {}
      ~Flag() { b = true; }
    } flag(unwound);
    Waiter<int> waiter;
    never.push_back(waiter.resolver());
    auto r = co_await waiter;
    (void)r;
    co_return Unit{};
  };
  connect();
  ask(get);
  EXPECT_FALSE(unwound);
  wire.reset();
  loop.spin();
  EXPECT_TRUE(unwound);
  EXPECT_EQ(handler.abandoned, std::vector<std::string>{"client_gone"});
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, SendsContinueWhenTheBodyIsFirstRead) {
  connect();
  auto got = ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(got, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_NE(ask("abc").find("\r\n\r\nabc"), std::string::npos);
}

TEST_F(Sessions, SendsNoContinueWhenTheBodyIsNotWanted) {
  handler.play = [](Exchange& x, ResponseSink& sink) { return answer(x, sink, "no"); };
  connect();
  auto got = ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(got.find("100 Continue"), std::string::npos);
  EXPECT_NE(got.find("Connection: close"), std::string::npos);
}

TEST_F(Sessions, AnUnreadBodyThatIsHereIsSkipped) {
  handler.play = [](Exchange& x, ResponseSink& sink) { return answer(x, sink, "early"); };
  connect();
  auto got =
      ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(got.find("Connection: close"), std::string::npos);
  EXPECT_EQ(handler.seen.size(), 2u);
}

TEST_F(Sessions, AnUnreadBodyThatIsStillComingCloses) {
  handler.play = [](Exchange& x, ResponseSink& sink) { return answer(x, sink, "early"); };
  connect();
  auto got = ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\nabc");
  EXPECT_NE(got.find("Connection: close"), std::string::npos);
  ask("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(handler.seen.size(), 1u);
}

TEST_F(Sessions, AnAnswerDuringTheUploadTakesNothingFromIt) {
  std::string uploaded;
  std::vector<Resolver<int>> upstream;
  handler.play = [&](Exchange& x, ResponseSink& sink) -> Task<Unit> {
    auto first = x.request.body->read(3);
    auto piece = co_await first;
    uploaded.append(piece->bytes.data(), piece->bytes.size());
    auto answering = answer(x, sink, "early");
    co_await answering;
    Waiter<int> waiter;  // the upstream takes its time
    upstream.push_back(waiter.resolver());
    auto went_on = co_await waiter;
    (void)went_on;
    for (bool end = false; !end;) {
      auto reading = x.request.body->read(65536);
      auto chunk = co_await reading;
      uploaded.append(chunk->bytes.data(), chunk->bytes.size());
      end = chunk->end;
    }
    co_return Unit{};
  };
  connect();
  auto got = ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabcdefghi");
  EXPECT_NE(got.find("Connection: close"), std::string::npos);
  upstream[0](1);
  loop.spin();
  EXPECT_EQ(uploaded, "abcdefghi");
}

TEST_F(Sessions, AnHttp10ClientGetsNoChunks) {
  handler.play = [](Exchange& x, ResponseSink& sink) -> Task<Unit> {
    auto answering = answer(x, sink, "hello");
    x.response.length = 5;
    co_await answering;
    co_return Unit{};
  };
  connect();
  auto got = ask("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(got.ends_with("\r\n\r\nhello")) << got;
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, UnknownLengthIsChunkedOrLastsToTheEnd) {
  handler.play = [](Exchange& x, ResponseSink& sink) -> Task<Unit> {
    x.response.status = 200;
    x.response.length = unknown_length;
    x.response.body = std::make_unique<MemoryBody>("hello");
    auto heading = sink.head(x.response);
    auto headed = co_await heading;
    auto reading = x.response.body->read(SIZE_MAX);
    auto chunk = co_await reading;
    auto writing = sink.body(*chunk);
    auto sent = co_await writing;
    (void)headed, (void)sent;
    co_return Unit{};
  };
  connect();
  EXPECT_TRUE(ask(get).ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
  auto old = ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(old.ends_with("\r\n\r\nhello")) << old;
  EXPECT_NE(old.find("Connection: close"), std::string::npos);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AnAbortedAnswerHasNoLastChunk) {
  handler.play = [](Exchange& x, ResponseSink& sink) -> Task<Unit> {
    x.response.status = 200;
    x.response.length = unknown_length;
    x.response.body = std::make_unique<MemoryBody>("half");
    auto heading = sink.head(x.response);
    auto headed = co_await heading;
    auto writing = sink.body(Chunk{{"half", 4}, false, nullptr});
    auto sent = co_await writing;
    (void)headed, (void)sent;
    sink.abort(Error(Error::Kind::reset, Error::Side::upstream));
    co_return Unit{};
  };
  connect();
  auto got = ask(get);
  EXPECT_TRUE(got.ends_with("4\r\nhalf\r\n")) << got;
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, ATunnelIsRawBothWays) {
  handler.play = [](Exchange& x, ResponseSink& sink) -> Task<Unit> {
    x.response.status = 101;
    x.response.upgrade = x.request.upgrade;
    x.response.length = unknown_length;
    x.response.body = std::make_unique<MemoryBody>("");
    auto heading = sink.head(x.response);
    auto headed = co_await heading;
    (void)headed;
    for (;;) {
      auto reading = x.request.body->read(4096);
      auto chunk = co_await reading;
      if (!chunk || chunk->end) co_return Unit{};
      auto writing = sink.body(*chunk);
      auto sent = co_await writing;
      (void)sent;
    }
  };
  connect();
  auto got = ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  EXPECT_NE(got.find("HTTP/1.1 101 Switching Protocols"), std::string::npos);
  EXPECT_NE(got.find("Upgrade: websocket"), std::string::npos);
  EXPECT_TRUE(got.ends_with("\r\n\r\nearly")) << got;
  EXPECT_EQ(ask("GET / HTTP/1.1\r\n\r\n"), "GET / HTTP/1.1\r\n\r\n");
  wire.end();
  loop.spin();
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AnUpgradeThatIsNotGrantedIsAnOrdinaryRequest) {
  connect();
  handler.play = [](Exchange& x, ResponseSink& sink) { return answer(x, sink, "no"); };
  auto got =
      ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nGET /2 "
          "HTTP/1.1\r\nHost: "
          "x\r\n\r\n");
  EXPECT_EQ(handler.seen.size(), 2u);
  EXPECT_EQ(got.find("101"), std::string::npos);
}

TEST_F(Sessions, RequestsPerConnectionAreBounded) {
  settings->requests_per_connection = 2;
  connect();
  EXPECT_EQ(ask(get).find("Connection: close"), std::string::npos);
  EXPECT_NE(ask(get).find("Connection: close"), std::string::npos);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AHeadLargerThanABlockIsStillRead) {
  settings->limits.head = 40'000;
  settings->limits.target = 30'000;
  connect();
  auto path = "/" + std::string(20'000, 'p');
  auto got = ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(got.find("200"), std::string::npos);
  EXPECT_EQ(handler.seen.back(), "GET " + path);
}

TEST_F(Sessions, LimitsOfTheHeadAreTold) {
  settings->limits.head = 1000;
  settings->limits.target = 100;
  settings->limits.fields = 5;
  std::vector<std::pair<std::string, std::string>> cases = {
      {"GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 414"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(1000, 'a') + "\r\n\r\n", "HTTP/1.1 431"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", "HTTP/1.1 431"},
  };
  for (auto& [bytes, status] : cases) {
    MemoryWire w;
    connect(w);
    w.say(bytes);
    loop.spin();
    EXPECT_NE(w.take().find(status), std::string::npos) << status;
  }
  EXPECT_TRUE(handler.seen.empty());
}

TEST_F(Sessions, DrainingClosesIdleConnectionsAndTellsTheOthers) {
  MemoryWire busy;
  std::vector<Resolver<int>> held;
  connect();
  handler.play = [&](Exchange& x, ResponseSink& sink) -> Task<Unit> {
    Waiter<int> waiter;
    held.push_back(waiter.resolver());
    auto r = co_await waiter;
    (void)r;
    auto answering = answer(x, sink, "late");
    co_await answering;
    co_return Unit{};
  };
  connect(busy);
  busy.say(get);
  loop.spin();
  loop.reactor.mailbox().post([&] { listener->drain({}); });
  loop.spin();
  EXPECT_EQ(listener->count, 1u);
  loop.reactor.mailbox().post([&] { held[0](1); });
  loop.spin();
  EXPECT_NE(busy.take().find("Connection: close"), std::string::npos);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, AClientThatDoesNotReadIsCutAtTheWriteDeadline) {
  wire.limit(1000);
  handler.play = [](Exchange& x, ResponseSink& sink) { return answer(x, sink, std::string(100'000, 'x')); };
  connect();
  wire.say(get);
  loop.spin();
  EXPECT_EQ(listener->count, 1u);
  loop.advance(29s);
  EXPECT_EQ(listener->count, 1u);
  loop.advance(1100ms);
  EXPECT_EQ(listener->count, 0u);
}

namespace {

// Grants a WebSocket; what is pushed goes to the client, what the client says is remembered.
struct WebSocket {
  std::vector<Resolver<std::string>> asked;
  std::string said;

  Task<Unit> listen(Exchange& x) {
    for (;;) {
      auto reading = x.request.body->read(4096);
      auto chunk = co_await reading;
      if (!chunk || chunk->end) co_return Unit{};
      said.append(chunk->bytes.data(), chunk->bytes.size());
    }
  }
  Task<Unit> play(Exchange& x, ResponseSink& sink) {
    x.response.status = 101;
    x.response.upgrade = "websocket";
    x.response.length = unknown_length;
    x.response.body = std::make_unique<MemoryBody>("");
    auto heading = sink.head(x.response);
    auto headed = co_await heading;
    (void)headed;
    x.tasks.spawn(listen(x));
    for (;;) {
      Waiter<std::string> waiter;
      asked.push_back(waiter.resolver());
      auto bytes = co_await waiter;
      if (!bytes) co_return Unit{};
      auto writing = sink.body(Chunk{{bytes->data(), bytes->size()}, false, nullptr});
      auto sent = co_await writing;
      (void)sent;
    }
  }
  void push(std::string bytes) { asked.back()(std::move(bytes)); }
};

constexpr auto upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
const std::string going_away = "\x88\x02\x03\xe9";

}  // namespace

TEST_F(Sessions, ADrainTellsAQuietWebSocketToGoAwayAndCutsItASecondLater) {
  WebSocket socket;
  handler.play = [&](Exchange& x, ResponseSink& sink) { return socket.play(x, sink); };
  connect();
  ask(upgrade);
  listener->drain(10s);
  loop.advance(8ms);
  EXPECT_EQ(wire.take(), going_away);
  wire.say("client's close");
  loop.spin();
  EXPECT_EQ(socket.said, "client's close");
  EXPECT_EQ(listener->count, 1u);
  loop.advance(1100ms);
  EXPECT_EQ(listener->count, 0u);
}

TEST_F(Sessions, ADrainEndsAWebSocketBetweenTwoFrames) {
  WebSocket socket;
  handler.play = [&](Exchange& x, ResponseSink& sink) { return socket.play(x, sink); };
  connect();
  ask(upgrade);
  socket.push("\x81\x05hel");
  loop.spin();
  EXPECT_EQ(wire.take(), "\x81\x05hel");
  listener->drain(10s);
  loop.advance(8ms);
  EXPECT_EQ(wire.take(), "");
  socket.push("lo\x81\x03ne");
  loop.spin();
  EXPECT_EQ(wire.take(), "lo" + going_away);
  socket.push("w");
  loop.spin();
  EXPECT_EQ(wire.take(), "");
}

TEST_F(Sessions, ADrainSpreadsItsWebSockets) {
  WebSocket first, second;
  MemoryWire other;
  handler.play = [&](Exchange& x, ResponseSink& sink) { return first.play(x, sink); };
  connect();
  ask(upgrade);
  handler.play = [&](Exchange& x, ResponseSink& sink) { return second.play(x, sink); };
  connect(other);
  other.say(upgrade);
  loop.spin();
  other.take();
  listener->drain(10s);
  loop.advance(8ms);
  EXPECT_EQ(wire.take() + other.take(), going_away);
  loop.advance(4900ms);
  EXPECT_EQ(wire.take() + other.take(), "");
  loop.advance(200ms);
  EXPECT_EQ(wire.take() + other.take(), going_away);
}

TEST_F(Sessions, AListenerThatIsTakenAwayLeavesItsTunnelsAlone) {
  WebSocket socket;
  handler.play = [&](Exchange& x, ResponseSink& sink) { return socket.play(x, sink); };
  connect();
  ask(upgrade);
  listener->retire();
  loop.advance(60s);
  EXPECT_EQ(listener->count, 1u);
  socket.push("still here");
  loop.spin();
  EXPECT_EQ(wire.take(), "still here");
}
