// The upstream side of HTTP/1: one connection, exchange after exchange, over memory.
#include "net/http1/client.hpp"

#include <gtest/gtest.h>

#include "loop.hpp"
#include "memory_transport.hpp"

using namespace sluice;
using namespace sluice::net;
using namespace std::chrono_literals;

namespace {

struct Clients : testing::Test, Http1Client::Observer {
  TestLoop loop;
  MemoryWire wire;
  std::optional<Http1Client> client;
  Arena arena;
  Response response{arena};
  Scope scope;
  int spoiled = 0;

  Clients() { open(wire); }
  void open(MemoryWire& w) {
    auto stream = std::make_unique<Stream>(loop.reactor, w.near(), FlushSide::upstream);
    w.attach(*stream);
    client.emplace(std::move(stream), http::HeadLimits{});
    client->set_observer(this);
  }
  void on_spoiled(Http1Client&) noexcept override { ++spoiled; }

  // What became of one exchange.
  struct Outcome {
    bool done = false;
    std::string error;
    Error::Kind kind{};
    std::string body;
    std::string trailer;
  };
  Task<Unit> exchange(Method method, Outcome& out) {
    http::RequestHead head;
    head.method = method == Method::head ? "HEAD" : "GET";
    head.host = "up";
    auto sending = client->send_head(head);
    auto sent = co_await sending;
    if (!sent) co_return fail(out, sent.error());
    do {
      auto receiving = client->receive_head(method, response);
      auto got = co_await receiving;
      if (!got) co_return fail(out, got.error());
    } while (response.status < 200 && response.status != 101);
    while (client->has_body()) {
      auto reading = client->read_body(65536);
      auto chunk = co_await reading;
      if (!chunk) co_return fail(out, chunk.error());
      out.body.append(chunk->bytes.data(), chunk->bytes.size());
      if (chunk->trailers) out.trailer = chunk->trailers->begin()->value;
    }
    out.done = true;
    co_return Unit{};
  }
  static Unit fail(Outcome& out, const Error& e) {
    out.done = true;
    out.error = e.cause;
    out.kind = e.kind;
    return Unit{};
  }
  Outcome ask(std::string_view answer, Method method = Method::get, bool end = false) {
    Outcome out;
    scope.spawn(exchange(method, out));
    loop.spin();
    wire.take();
    wire.say(answer);
    if (end) wire.end();
    loop.spin();
    return out;
  }
};

}  // namespace

TEST_F(Clients, SendsAHeadAndReadsAnAnswer) {
  Outcome out;
  scope.spawn(exchange(Method::get, out));
  loop.spin();
  EXPECT_EQ(wire.take(), "GET / HTTP/1.1\r\nHost: up\r\n\r\n");
  wire.say("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello");
  loop.spin();
  EXPECT_TRUE(out.done);
  EXPECT_EQ(out.body, "hello");
  EXPECT_EQ(response.fields.get("x-a"), "b");
  EXPECT_TRUE(client->reusable());
}

TEST_F(Clients, TheHeadOutlivesTheConnection) {
  ask("HTTP/1.1 200 OK\r\nX-A: still here\r\nContent-Length: 0\r\n\r\n");
  client.reset();
  loop.spin();
  EXPECT_EQ(response.fields.get("X-A"), "still here");
}

TEST_F(Clients, IsReusedOnlyWhenNothingIsLeft) {
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab").body, "ab");
  EXPECT_TRUE(client->reusable());
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncdHTTP/1.1 200 OK").body, "cd");
  EXPECT_FALSE(client->reusable());
}

TEST_F(Clients, IsNotReusedWhenTheUpstreamSaysClose) {
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab").body, "ab");
  EXPECT_FALSE(client->reusable());
}

TEST_F(Clients, ReadsChunksAndTrailers) {
  auto out = ask(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n");
  EXPECT_EQ(out.body, "abcde");
  EXPECT_EQ(out.trailer, "7");
  EXPECT_TRUE(client->reusable());
}

TEST_F(Clients, ReadsABodyThatLastsToTheEnd) {
  auto out = ask("HTTP/1.1 200 OK\r\n\r\nto the end", Method::get, true);
  EXPECT_EQ(out.body, "to the end");
  EXPECT_FALSE(client->reusable());
}

TEST_F(Clients, AnAnswerToHeadHasNoBody) {
  auto out = ask("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", Method::head);
  EXPECT_TRUE(out.done);
  EXPECT_EQ(response.length, 500u);
  EXPECT_TRUE(client->reusable());
}

TEST_F(Clients, InterimHeadsComeFirst) {
  auto out =
      ask("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(out.done);
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.fields.get("Link").empty());
}

TEST_F(Clients, ABodyLargerThanAllBuffersComesWhole) {
  std::string body(1'000'000, 'y');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 19);
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + body).body, body);
  EXPECT_TRUE(client->reusable());
}

TEST_F(Clients, FaultsAreNamedAndTheConnectionIsSpent) {
  struct {
    const char* answer;
    bool end;
    const char* cause;
    Error::Kind kind;
  } cases[] = {
      {"", true, "upstream_closed", Error::Kind::closed},
      {"HTTP/1.1 200", true, "upstream_head_incomplete", Error::Kind::closed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", true, "upstream_body_incomplete",
       Error::Kind::closed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc", true, "upstream_body_incomplete",
       Error::Kind::closed},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", false, "content_length_malformed",
       Error::Kind::malformed},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, "chunk_size_malformed",
       Error::Kind::malformed},
      {"\x16\x03\x01", true, "", Error::Kind::malformed},
  };
  for (auto& c : cases) {
    client.reset();
    wire = MemoryWire();
    open(wire);
    auto out = ask(c.answer, Method::get, c.end);
    EXPECT_TRUE(out.done) << c.cause;
    if (*c.cause) {
      EXPECT_EQ(out.error, c.cause) << c.answer;
    }
    EXPECT_EQ(out.kind, c.kind) << c.answer;
    EXPECT_FALSE(client->reusable()) << c.cause;
  }
}

TEST_F(Clients, AnIdleConnectionThatIsClosedSaysSo) {
  ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client->rest();
  EXPECT_EQ(spoiled, 0);
  wire.end();
  loop.spin();
  EXPECT_EQ(spoiled, 1);
  EXPECT_FALSE(client->reusable());
}

TEST_F(Clients, AnIdleConnectionThatSpeaksOutOfTurnSaysSo) {
  ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client->rest();
  wire.say("HTTP/1.1 408 Request Timeout\r\n\r\n");
  loop.spin();
  EXPECT_EQ(spoiled, 1);
}

TEST_F(Clients, ACancelledUploadLeavesNoCleanConnection) {
  wire.limit(1000);
  struct Sending {
    static Task<Unit> run(Http1Client& c, const std::string& body) {
      http::RequestHead head;
      head.method = "POST";
      head.host = "up";
      head.body = http::Framing::Body::length;
      head.length = body.size();
      auto sending = c.send_head(head);
      auto sent = co_await sending;
      auto writing = c.send_body(Chunk{{body.data(), body.size()}, true, nullptr});
      auto written = co_await writing;
      (void)sent, (void)written;
      co_return Unit{};
    }
  };
  std::string body(100'000, 'u');
  scope.spawn(Sending::run(*client, body));
  loop.spin();
  scope.cancel();
  EXPECT_FALSE(client->request_complete());
  EXPECT_FALSE(client->reusable());
}
