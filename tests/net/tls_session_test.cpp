// HTTP over TLS, whole: connection, stream and reactor above the transport, a TLS client at the other end.
#include <gtest/gtest.h>

#include "net/connection.hpp"
#include "net/loop.hpp"
#include "net/memory_transport.hpp"
#include "net/session.hpp"
#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

// Answers with the request's body after what it knows of the client: "TLSv1.3|a.example|CN=ann|192.0.2.1".
class Mirror final : public Handler {
 public:
  Task<Unit> serve(Exchange& x, ResponseSink& sink) const override {
    auto& p = x.peer;
    std::string all;
    auto subject = p.client_certificate ? std::string_view(p.client_certificate->subject) : "";
    for (auto part : {p.tls_version, p.server_name, subject, p.address_text}) all.append(part).append("|");
    for (bool end = !x.request.body; !end;) {
      auto reading = x.request.body->read(65536);
      auto chunk = co_await reading;
      if (!chunk) co_return Unit{};
      all.append(chunk->bytes.data(), chunk->bytes.size());
      end = chunk->end;
    }
    x.response.status = 200;
    auto answering = answer(x, sink, std::move(all));
    co_await answering;
    co_return Unit{};
  }
  Task<Unit> refuse(Exchange& x, ResponseSink& sink, std::uint16_t status, const char* why) const override {
    x.refuse(status, why);
    auto answering = answer(x, sink, why);
    co_await answering;
    co_return Unit{};
  }
  void abandon(Exchange& x, const Error&) const noexcept override { x.end(Outcome{}); }

 private:
  static Task<Unit> answer(Exchange& x, ResponseSink& sink, std::string body) {
    x.response.length = body.size();
    x.response.body = std::make_unique<MemoryBody>(std::move(body));
    auto heading = sink.head(x.response);
    auto headed = co_await heading;
    auto reading = x.response.body->read(SIZE_MAX);
    auto chunk = co_await reading;
    auto writing = sink.body(*chunk);
    auto sent = co_await writing;
    (void)headed, (void)sent;
    x.end(Outcome{});
    co_return Unit{};
  }
};

class TlsSession : public testing::Test {
 protected:
  TlsSession() {
    settings_->head_timeout = settings_->body_timeout = settings_->idle_timeout = 10s;
    settings_->write_timeout = 10s;
    tls_.certificates = {authority_.issue({.names = {"DNS:a.example", "DNS:alias.example"}}).pair(),
                         authority_.issue({.names = {"DNS:b.example"}}).pair()};
    tls_.client_ca = authority_.pem();
    tls_.client_auth = ClientAuth::optional;
    settings_->tls = build();
  }
  ~TlsSession() override {
    if (!listener_) return;
    listener_->cut();
    loop_.spin();
    EXPECT_EQ(listener_->count, 0u);
  }

  std::shared_ptr<const TlsServerContext> build() {
    TlsNotes notes;
    return TlsServerContext::build(tls_, wall_now(), notes);
  }
  std::unique_ptr<TlsTransport> client(std::unique_ptr<Transport> below) {
    TlsNotes notes;
    auto context = TlsClientContext::build(
        {.ca = authority_.pem(), .certificate = authority_.issue({.common_name = "ann"}).pair()}, wall_now(),
        notes);
    return std::make_unique<TlsTransport>(std::move(below),
                                          std::make_shared<TlsEndpoint>(context, "a.example"));
  }

  // A client over `wire`, whose connection begins once `said` stands there.
  std::unique_ptr<TlsTransport> connect(MemoryWire& wire, std::string_view said = "") {
    if (!listener_) listener_.emplace("public", loop_.reactor, handler_, settings_);
    auto* c = new Connection(*listener_, {-1, *IpAddress::parse("192.0.2.1"), 1, {}, 443, {}}, wire.near());
    wire.attach(c->stream);
    wire.say(said);
    auto far = client(wire.far());
    far->handshake();
    loop_.reactor.mailbox().post([c] { c->start(); });
    for (int i = 0; i < 3; ++i) loop_.spin(), far->handshake();
    return far;
  }
  std::string ask(TlsTransport& far, std::string_view request) {
    send_text(far, request);
    loop_.spin();
    char buffer[4096];
    auto moved = far.receive(buffer);
    return std::string(buffer, moved.count);
  }
  static bool ends_with(const std::string& text, std::string_view end) { return text.ends_with(end); }

  TestLoop loop_;
  Mirror handler_;
  TestAuthority authority_;
  TlsServerSettings tls_{.listener = "public"};
  std::shared_ptr<SessionSettings> settings_ = std::make_shared<SessionSettings>();
  std::optional<ListenerContext> listener_;
};

constexpr auto get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

TEST_F(TlsSession, TellsTheHandlerWhoIsThere) {
  MemoryWire wire;
  auto far = connect(wire);
  EXPECT_PRED2(ends_with, ask(*far, get), "\r\n\r\nTLSv1.3|a.example|CN=ann|192.0.2.1|");
  EXPECT_PRED2(ends_with, ask(*far, get), "\r\n\r\nTLSv1.3|a.example|CN=ann|192.0.2.1|");
}

TEST_F(TlsSession, BeginsBehindAProxyHeader) {
  settings_->proxy_protocol = ProxyProtocol::any;
  settings_->trusted_proxies = {*Cidr::parse("192.0.2.0/24")};
  MemoryWire wire;
  auto far = connect(wire, "PROXY TCP4 203.0.113.9 198.51.100.2 56324 443\r\n");
  EXPECT_PRED2(ends_with, ask(*far, get), "TLSv1.3|a.example|CN=ann|203.0.113.9|");
}

TEST_F(TlsSession, RefusesAHostOfAnotherCertificate) {
  MemoryWire wire;
  auto far = connect(wire);
  EXPECT_TRUE(ask(*far, "GET / HTTP/1.1\r\nHost: alias.example\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask(*far, "GET / HTTP/1.1\r\nHost: b.example:443\r\n\r\n").starts_with("HTTP/1.1 421 "));
}

TEST_F(TlsSession, OutlivesAReload) {
  MemoryWire wire, another;
  auto far = connect(wire);
  auto newer = std::make_shared<SessionSettings>(*settings_);
  tls_.client_ca.reset();
  newer->tls = build();
  settings_->tls.reset();
  listener_->settings = newer;
  EXPECT_PRED2(ends_with, ask(*far, get), "|a.example|CN=ann|192.0.2.1|");
  auto later = connect(another);
  EXPECT_PRED2(ends_with, ask(*later, get), "|a.example||192.0.2.1|");
}

TEST_F(TlsSession, EndsWithItsClient) {
  MemoryWire wire;
  auto far = connect(wire);
  EXPECT_EQ(listener_->count, 1u);
  far->finish();
  loop_.spin();
  EXPECT_EQ(listener_->count, 0u);
  char byte;
  EXPECT_EQ(far->receive({&byte, 1}).how, Moved::How::end);
}

TEST_F(TlsSession, IsClosedWhereTheClientSpeaksPlainHttp) {
  MemoryWire wire;
  listener_.emplace("public", loop_.reactor, handler_, settings_);
  auto* c = new Connection(*listener_, {-1, {}, 1, {}, 443, {}}, wire.near());
  wire.attach(c->stream);
  loop_.reactor.mailbox().post([c] { c->start(); });
  wire.say(get);
  loop_.spin();
  EXPECT_EQ(listener_->count, 0u);
}

// Through the kernel, so that readiness comes edge by edge, and buffers fill both ways.
TEST_F(TlsSession, EchoesAMebibyteOverARealSocket) {
  SocketPair sockets;
  int fd = sockets.one->socket().release();
  for (int s : {fd, sockets.other->descriptor()}) {
    int small = 8192;
    ::setsockopt(s, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  listener_.emplace("public", loop_.reactor, handler_, settings_);
  loop_.reactor.mailbox().post([&] { accept(*listener_, {fd, {}, 1, {}, 443, {}}); });
  auto far = client(std::move(sockets.other));
  for (int i = 0; i < 10; ++i) far->handshake(), loop_.spin();

  std::string body(1 << 20, 0);
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 31 % 26);
  auto request = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body;
  std::string answer;
  std::size_t sent = 0;
  for (int i = 0; i < 20'000 && answer.size() < body.size() + 60; ++i) {
    if (sent < request.size()) sent += send_text(*far, std::string_view(request).substr(sent)).count;
    loop_.reactor.poll();
    char buffer[20'000];
    answer.append(buffer, far->receive(buffer).count);
  }
  EXPECT_TRUE(answer.ends_with(body)) << answer.size() << " of " << body.size() << ", sent " << sent;
}

}  // namespace
}  // namespace sluice::net
