// Real sockets, on loopback: a server that says exactly what a test wants, over TLS or without.
#include "upstream/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>
#include <thread>

#include "net/socket.hpp"
#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"
#include "upstream/fetch_url.hpp"
#include "upstream/puppet_dialler.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

namespace {

// One connection of the server; it blocks.
class Visitor {
 public:
  Visitor(net::Socket socket, SSL_CTX* tls) : socket_(std::move(socket)) {
    if (!tls) return;
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), socket_.get());
    greeted_ = SSL_accept(ssl_.get()) == 1;
  }
  ~Visitor() {
    if (ssl_ && greeted_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  bool greeted() const { return greeted_; }

  bool say(std::string_view text) {
    auto size = static_cast<int>(text.size());
    if (ssl_) return SSL_write(ssl_.get(), text.data(), size) == size;
    return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) == size;
  }
  // Empty at the end.
  std::string hear() {
    char some[4096];
    auto n = ssl_ ? SSL_read(ssl_.get(), some, sizeof some) : ::recv(socket_.get(), some, sizeof some, 0);
    return {some, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  std::string hear_head() {
    std::string head;
    for (std::string more = "."; !more.empty() && head.find("\r\n\r\n") == head.npos; head += more)
      more = hear();
    return head;
  }

 private:
  net::Socket socket_;
  net::SslPtr ssl_;
  bool greeted_ = true;
};

// Serves one visitor after the other.
class Server {
 public:
  using Play = std::function<void(Visitor&)>;

  explicit Server(Play play, net::SslContextPtr tls = nullptr)
      : play_(std::move(play)),
        tls_(std::move(tls)),
        listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto at = net::SocketAddress::ip(*IpAddress::parse("127.0.0.1"), 0);
    EXPECT_EQ(::bind(listening_.get(), at.get(), at.size), 0);
    EXPECT_EQ(::listen(listening_.get(), 16), 0);
    socklen_t size = sizeof at.storage;
    ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&at.storage), &size);
    port_ = at.port();
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + host + ':' + std::to_string(port_) + path;
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (;;) {
      net::Socket socket(::accept(listening_.get(), nullptr, nullptr));
      if (!socket) return;
      Visitor visitor(std::move(socket), tls_.get());
      if (visitor.greeted()) play_(visitor);
    }
  }

  Play play_;
  net::SslContextPtr tls_;
  net::Socket listening_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Server::Play answers(std::string text) {
  return [text](Visitor& v) {
    v.hear_head();
    v.say(text);
  };
}

struct Fetching : ::testing::Test {
  net::Reactor reactor{0};
  net::Reactor::Here here{reactor};
  std::map<std::string, Result<Addresses>> dns;
  HttpFetcher fetcher{reactor, [this](std::string host) { return look_up(std::move(host)); }};
  Scope scope;
  std::optional<Result<Fetched>> result;

  Task<Result<Addresses>> look_up(std::string host) {
    auto known = dns.find(host);
    if (known == dns.end()) co_return Error(Error::Kind::unavailable, Error::Side::upstream, "dns_not_found");
    co_return known->second;
  }
  Task<Unit> fetch_into(Fetch fetch) {
    auto fetching = fetcher.fetch(std::move(fetch));
    result.emplace(co_await fetching);
    co_return Unit{};
  }
  void begin(Fetch fetch) {
    reactor.poll();
    result.reset();
    scope.spawn(fetch_into(std::move(fetch)));
  }
  template <class Done>
  bool run_until(Done done) {
    for (auto limit = Clock::now() + 10s; Clock::now() < limit; std::this_thread::sleep_for(1ms)) {
      reactor.poll();
      if (done()) return true;
    }
    return false;
  }
  Result<Fetched>& fetched(Fetch fetch) {
    begin(std::move(fetch));
    EXPECT_TRUE(run_until([&] { return result.has_value(); }));
    return *result;
  }
  static Fetch plain(const std::string& url) {
    Fetch fetch;
    fetch.url = url;
    fetch.insecure = true;
    return fetch;
  }
  // Why it failed.
  std::string fault(Fetch fetch) {
    auto& answer = fetched(std::move(fetch));
    return answer ? "status " + std::to_string(answer->status) : answer.error().cause;
  }
  std::string fault_of_answer(const std::string& text) {
    Server server(answers(text));
    return fault(plain(server.url("/")));
  }
};

}  // namespace

// ---- URLs

TEST(FetchUrl, HasItsParts) {
  auto url = FetchUrl::parse("https://IDP.example.com:8443/a/./%7Eb?x=/y?");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->server.tls);
  EXPECT_EQ(url->server.address.host, "idp.example.com");
  EXPECT_EQ(url->server.address.port, 8443);
  EXPECT_EQ(url->authority, "IDP.example.com:8443");
  EXPECT_EQ(url->path, "/a/~b");
  EXPECT_EQ(url->query, "x=/y?");
  auto bare = FetchUrl::parse("http://[::1]?");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->server.address.host, "::1");
  EXPECT_EQ(bare->server.address.port, 80);
  EXPECT_EQ(bare->path, "/");
  EXPECT_TRUE(bare->has_query);
}

TEST(FetchUrl, RefusesWhatIsNoPlainHttpUrl) {
  for (auto text : {"",
                    "/jwks",
                    "//idp",
                    "https://",
                    "https:///jwks",
                    "HTTPS://idp/",
                    "ftp://idp/",
                    "file:///etc/passwd",
                    "unix:/run/x.sock",
                    "https://user:secret@idp/",
                    "https://idp@evil/",
                    "https://idp:0/",
                    "https://idp:70000/",
                    "https://idp/#f",
                    "https://idp/a b",
                    "https://idp/\r\nX: y",
                    "https://idp/\x7f",
                    "https://idp\\@evil/",
                    "https://idp/%zz",
                    "https://idp/\xc3\xa4",
                    "https://idp:/"})
    EXPECT_FALSE(FetchUrl::parse(text)) << text;
}

// ---- answers

TEST_F(Fetching, AnAnswerComesWholeWithItsFields) {
  std::string asked;
  Server server([&](Visitor& v) {
    asked = v.hear_head();
    v.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"1\"\r\n\r\nhello");
  });
  auto fetch = plain(server.url("/a?b=c"));
  fetch.fields = {{"Accept", "application/json"}};
  auto& answer = fetched(fetch);
  ASSERT_TRUE(answer) << answer.error().cause;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_THAT(answer->fields, ElementsAre(Pair("ETag", "\"1\"")));
  EXPECT_THAT(asked, StartsWith("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nAccept: application/json\r\n"));
  EXPECT_THAT(asked, HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(Fetching, AChunkedAnswerAndOneThatTheEndOfTheConnectionEnds) {
  Server chunked(
      answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"));
  auto& answer = fetched(plain(chunked.url("/")));
  ASSERT_TRUE(answer) << answer.error().cause;
  EXPECT_EQ(answer->body, "hello");
  Server open(answers("HTTP/1.1 200 OK\r\n\r\nhello"));
  auto& until_close = fetched(plain(open.url("/")));
  ASSERT_TRUE(until_close) << until_close.error().cause;
  EXPECT_EQ(until_close->body, "hello");
}

TEST_F(Fetching, ARedirectIsAnAnswer) {
  int visits = 0;
  Server server([&](Visitor& v) {
    ++visits;
    v.hear_head();
    v.say("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(1) +
          "/\r\nContent-Length: 0\r\n\r\n");
  });
  auto& answer = fetched(plain(server.url("/")));
  ASSERT_TRUE(answer) << answer.error().cause;
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(visits, 1);
}

TEST_F(Fetching, WhatAnnouncesTheAnswerIsPassedOverUpToABound) {
  std::string hint = "HTTP/1.1 103 Early Hints\r\n\r\n", end = "HTTP/1.1 204 No Content\r\n\r\n";
  EXPECT_EQ(fault_of_answer(hint + hint + end), "status 204");
  std::string many;
  for (int i = 0; i < 9; ++i) many += hint;
  EXPECT_EQ(fault_of_answer(many + end), "too_many_interim_answers");
}

TEST_F(Fetching, ABodyHasABound) {
  std::string large(1000, 'x');
  Server announced(answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + large));
  Server chunked(
      answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + large + "\r\n0\r\n\r\n"));
  Server open(answers("HTTP/1.1 200 OK\r\n\r\n" + large));
  for (auto* server : {&announced, &chunked, &open}) {
    auto fetch = plain(server->url("/"));
    fetch.max_body = {1000};
    EXPECT_EQ(fault(fetch), "status 200");
    fetch.max_body = {999};
    EXPECT_EQ(fault(fetch), "body_too_large");
    EXPECT_EQ(result->error().kind, Error::Kind::too_large);
  }
}

TEST_F(Fetching, AnEndlessBodyIsNotReadToItsEnd) {
  std::size_t taken = 0;
  std::string piece(64 * 1024, 'x');
  {
    Server server([&](Visitor& v) {
      v.hear_head();
      v.say("HTTP/1.1 200 OK\r\n\r\n");
      while (v.say(piece)) taken += piece.size();
    });
    EXPECT_EQ(fault(plain(server.url("/"))), "body_too_large");
  }
  EXPECT_LT(taken, 64u << 20);
}

TEST_F(Fetching, MalformedAnswersAreFaults) {
  EXPECT_EQ(fault_of_answer(""), "upstream_closed");
  EXPECT_EQ(fault_of_answer("HTTP/1.1 200 OK\r\nContent-Le"), "upstream_head_incomplete");
  EXPECT_EQ(fault_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), "upstream_body_incomplete");
  for (std::string text :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    fault_of_answer(text);
    ASSERT_FALSE(*result) << text;
    EXPECT_EQ(result->error().kind, Error::Kind::malformed) << text;
    EXPECT_EQ(result->error().side, Error::Side::upstream);
  }
}

TEST_F(Fetching, AHeadHasABound) {
  EXPECT_NE(fault_of_answer("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x') + "\r\n\r\n"), "status 200");
}

TEST_F(Fetching, AServerThatStallsIsATimeoutWhereverItDoes) {
  for (std::string before : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell"}) {
    Server server([&](Visitor& v) {
      v.hear_head();
      v.say(before);
      while (!v.hear().empty()) {
      }
    });
    auto fetch = plain(server.url("/"));
    fetch.timeout = 60ms;
    auto begun = Clock::now();
    EXPECT_EQ(fault(fetch), "fetch_timeout") << before;
    EXPECT_EQ(result->error().kind, Error::Kind::timeout);
    EXPECT_GE(Clock::now() - begun, 60ms);
  }
}

TEST_F(Fetching, OneThatTricklesIsCutByTheWholesBound) {
  Server server([&](Visitor& v) {
    v.hear_head();
    v.say("HTTP/1.1 200 OK\r\n\r\n");
    while (v.say("x")) std::this_thread::sleep_for(5ms);
  });
  auto fetch = plain(server.url("/"));
  fetch.timeout = 80ms;
  EXPECT_EQ(fault(fetch), "fetch_timeout");
}

TEST_F(Fetching, DestroyedWhileInFlightItClosesItsConnection) {
  std::atomic<int> asked = 0, closed = 0;
  Server server([&](Visitor& v) {
    v.hear_head();
    ++asked;
    if (v.hear().empty()) ++closed;
  });
  begin(plain(server.url("/")));
  ASSERT_TRUE(run_until([&] { return asked == 1; }));
  EXPECT_EQ(closed, 0);
  scope.cancel();
  EXPECT_TRUE(run_until([&] { return closed == 1; }));
  EXPECT_FALSE(result);
}

// ---- where to

TEST_F(Fetching, HttpIsRefusedUnlessInsecure) {
  int visits = 0;
  Server server([&](Visitor&) { ++visits; });
  auto fetch = plain(server.url("/"));
  fetch.insecure = false;
  EXPECT_EQ(fault(fetch), "insecure_url");
  EXPECT_EQ(result->error().kind, Error::Kind::refused);
  EXPECT_EQ(visits, 0);
}

TEST_F(Fetching, FaultsOfTheWayAreNamed) {
  EXPECT_EQ(fault(plain("nonsense")), "url_invalid");
  EXPECT_EQ(fault(plain("http://nowhere.example/")), "dns_not_found");
  dns.insert_or_assign("empty.example", Result<Addresses>(Addresses{}));
  EXPECT_EQ(fault(plain("http://empty.example/")), "dns_empty");
  std::string gone = Server(answers("")).url("/");
  EXPECT_EQ(fault(plain(gone)), "connect_refused");
}

TEST_F(Fetching, TriesOneAddressAfterTheOther) {
  Server server(answers("HTTP/1.1 204 No Content\r\n\r\n"));
  dns.insert_or_assign("two.example", Result<Addresses>(Addresses{*IpAddress::parse("127.0.0.9"),
                                                                  *IpAddress::parse("127.0.0.1")}));
  EXPECT_EQ(fault(plain(server.url("/", "two.example"))), "status 204");
}

TEST_F(Fetching, EachAddressHasItsShareOfTheTime) {
  sluice::upstream::testing::PuppetDialler puppet;
  puppet.refusal = Error(Error::Kind::timeout, Error::Side::upstream, "connect_timeout");
  Addresses four;
  for (auto a : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}) four.push_back(*IpAddress::parse(a));
  dns.insert_or_assign("four.example", Result<Addresses>(four));
  HttpFetcher other(
      reactor, [this](std::string host) { return look_up(std::move(host)); }, puppet.dialler());
  TimePoint now;
  auto ask = [&]() -> Task<Unit> {
    Fetch fetch = plain("http://four.example/");
    fetch.timeout = 4s;
    now = reactor.now();
    auto fetching = other.fetch(fetch);
    result.emplace(co_await fetching);
    co_return Unit{};
  };
  auto asking = ask();
  scope.spawn(std::move(asking));
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  EXPECT_STREQ(result->error().cause, "connect_timeout");
  ASSERT_EQ(puppet.calls.size(), 4u);
  EXPECT_EQ(puppet.calls[0].deadline - now, 1s);
  EXPECT_LT(puppet.calls[3].deadline - now, 4s + 100ms);
}

// ---- TLS

namespace {

struct TlsFetching : Fetching {
  net::TestAuthority authority;
  net::TestFolder folder;

  net::SslContextPtr identity(const std::string& name) {
    net::SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    net::TlsNotes notes;
    auto identity = net::load_identity(authority.issue({.names = {name}}).pair(), notes);
    EXPECT_TRUE(identity && net::use_identity(*context, *identity, "test", notes));
    return context;
  }
  Fetch trusting(const std::string& url, const net::TestAuthority& who) {
    Fetch fetch;
    fetch.url = url;
    fetch.ca = folder.write("ca.pem", who.certificate());
    return fetch;
  }
};

constexpr auto fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_F(TlsFetching, ProvesTheNameAndTheAuthority) {
  Server server(answers(fine), identity("DNS:idp.example"));
  dns.insert_or_assign("idp.example", Result<Addresses>(Addresses{*IpAddress::parse("127.0.0.1")}));
  dns.insert_or_assign("other.example", Result<Addresses>(Addresses{*IpAddress::parse("127.0.0.1")}));
  EXPECT_EQ(fault(trusting(server.url("/", "idp.example"), authority)), "status 200");
  EXPECT_EQ((*result)->body, "ok");
  EXPECT_THAT(fault(trusting(server.url("/", "other.example"), authority)), HasSubstr("mismatch"));
  net::TestAuthority stranger("Stranger");
  EXPECT_THAT(fault(trusting(server.url("/", "idp.example"), stranger)), StartsWith("tls_failed: "));
}

TEST_F(TlsFetching, AnAddressIsProvenToo) {
  Server server(answers(fine), identity("IP:127.0.0.1"));
  EXPECT_EQ(fault(trusting(server.url("/"), authority)), "status 200");
}

TEST_F(TlsFetching, InsecureDoesNotMeanUnverified) {
  Server server(answers(fine), identity("IP:127.0.0.1"));
  Fetch fetch = plain(server.url("/"));
  EXPECT_THAT(fault(fetch), StartsWith("tls_failed: ")) << "the system knows no such authority";
}

TEST_F(TlsFetching, AnAuthorityThatIsReplacedIsReadAnew) {
  Server server(answers(fine), identity("IP:127.0.0.1"));
  net::TestAuthority stranger("Stranger");
  EXPECT_THAT(fault(trusting(server.url("/"), stranger)), StartsWith("tls_failed: "));
  EXPECT_EQ(fault(trusting(server.url("/"), authority)), "status 200");
}

TEST_F(TlsFetching, AnUnreadableAuthorityIsAFault) {
  Fetch fetch;
  fetch.url = "https://127.0.0.1:1/";
  fetch.ca = folder.file("none.pem");
  EXPECT_EQ(fault(fetch), "ca_unreadable");
  fetch.ca = folder.write("empty.pem", "nothing");
  EXPECT_EQ(fault(fetch), "ca_unreadable");
}

TEST_F(TlsFetching, ABodyThatIsCutIsNoAnswer) {
  Server server(
      [](Visitor& v) {
        v.hear_head();
        v.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
      },
      identity("IP:127.0.0.1"));
  EXPECT_EQ(fault(trusting(server.url("/"), authority)), "upstream_body_incomplete");
}
