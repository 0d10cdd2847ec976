#include "net/tls/transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <random>

#include "net/test_certificates.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

using How = Moved::How;

const TestAuthority& authority() {
  static const TestAuthority a;
  return a;
}

const std::shared_ptr<const TlsServerContext>& context() {
  static const auto made = [] {
    TlsNotes notes;
    TlsServerSettings settings{.listener = "public",
                               .certificates = {authority().issue({.names = {"DNS:a.example"}}).pair()}};
    return TlsServerContext::build(settings, wall_now(), notes);
  }();
  return made;
}

std::shared_ptr<TlsEndpoint> endpoint() {
  TlsNotes notes;
  auto made = TlsClientContext::build({.ca = authority().pem()}, wall_now(), notes);
  return std::make_shared<TlsEndpoint>(made, "a.example");
}

std::string random_text(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, 0);
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

// A transport that counts, and that is slow on request: it moves a few bytes, and blocks every other time.
class Watched final : public Transport {
 public:
  struct Account {
    std::size_t receives = 0, sends = 0, sent = 0;
    std::size_t at_most = SIZE_MAX;
    bool stutter = false;
    bool closed_for_sending = false;
  };

  Watched(std::unique_ptr<Transport> below, Account& account) : below_(std::move(below)), account_(account) {}

  Moved receive(std::span<char> into) noexcept override {
    ++account_.receives;
    if (account_.stutter && account_.receives % 2) return Moved::later();
    auto limit = std::min(into.size(), account_.at_most);
    auto moved = below_->receive(into.first(limit));
    if (limit < into.size()) moved.drained = moved.how == How::would_block;
    return moved;
  }
  Moved send(std::span<const iovec> parts) noexcept override {
    ++account_.sends;
    if (account_.closed_for_sending || (account_.stutter && account_.sends % 2)) return Moved::later();
    iovec part{parts[0].iov_base, std::min(parts[0].iov_len, account_.at_most)};
    auto moved = below_->send({&part, 1});
    if (moved.how == How::bytes) account_.sent += moved.count;
    return moved;
  }
  bool finish() noexcept override { return below_->finish(); }
  int descriptor() const noexcept override { return below_->descriptor(); }

 private:
  std::unique_ptr<Transport> below_;
  Account& account_;
};

// Two sides, both watched.
struct WatchedPair {
  Watched::Account of_server, of_client;
  std::unique_ptr<TlsTransport> server, client;

  WatchedPair() {
    SocketPair sockets;
    server = std::make_unique<TlsTransport>(std::make_unique<Watched>(std::move(sockets.one), of_server),
                                            context());
    client = std::make_unique<TlsTransport>(std::make_unique<Watched>(std::move(sockets.other), of_client),
                                            endpoint());
  }
  bool shake(int tries = 20) {
    for (int i = 0; i < tries; ++i) {
      auto c = client->handshake().how, s = server->handshake().how;
      if (c == How::bytes && s == How::bytes) return true;
      if (c == How::broken || s == How::broken) return false;
    }
    return false;
  }
};

// Sends all of `text` in parts of odd sizes and receives it in pieces, as far as each side goes.
class Transfer {
 public:
  Transfer(TlsTransport& from, TlsTransport& to, std::string_view text) : from_(from), to_(to), text_(text) {}

  bool done() const { return received_.size() == text_.size(); }
  const std::string& received() const { return received_; }

  bool step() {
    auto rest = text_.substr(sent_);
    std::vector<iovec> parts;
    for (std::size_t size : {1u, 0u, 700u, 40'000u, 3u, 100'000u}) {
      parts.push_back(part_of(rest.substr(0, size)));
      rest.remove_prefix(std::min<std::size_t>(size, rest.size()));
    }
    if (sent_ < text_.size()) {
      auto moved = from_.send(parts);
      if (moved.how == How::broken) return false;
      sent_ += moved.count;
    }
    char buffer[10'007];
    auto moved = to_.receive(buffer);
    received_.append(buffer, moved.count);
    return moved.how == How::bytes || moved.how == How::would_block;
  }

 private:
  TlsTransport& from_;
  TlsTransport& to_;
  std::string_view text_;
  std::size_t sent_ = 0;
  std::string received_;
};

// ---- bytes

TEST(TlsTransport, CarriesAMebibyteBothWaysThroughTinyBuffers) {
  auto text = random_text(1 << 20);
  TlsPair pair(context(), endpoint());
  for (auto* side : {pair.server.get(), pair.client.get()}) {
    int tiny = 2048;
    ASSERT_EQ(::setsockopt(side->descriptor(), SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny), 0);
  }
  ASSERT_TRUE(pair.shake());
  Transfer up(*pair.client, *pair.server, text), down(*pair.server, *pair.client, text);
  for (int i = 0; i < 100'000 && !(up.done() && down.done()); ++i) ASSERT_TRUE(up.step() && down.step());
  EXPECT_TRUE(up.received() == text);
  EXPECT_TRUE(down.received() == text);
}

TEST(TlsTransport, SurvivesAConnectionThatStutters) {
  auto text = random_text(50'000);
  WatchedPair pair;
  pair.of_server.stutter = pair.of_client.stutter = true;
  pair.of_server.at_most = 16;
  pair.of_client.at_most = 3;
  ASSERT_TRUE(pair.shake(100'000)) << pair.server->fault() << pair.client->fault();
  pair.of_server.at_most = pair.of_client.at_most = 97;
  Transfer up(*pair.client, *pair.server, text), down(*pair.server, *pair.client, text);
  for (int i = 0; i < 100'000 && !(up.done() && down.done()); ++i) ASSERT_TRUE(up.step() && down.step());
  EXPECT_TRUE(up.received() == text);
  EXPECT_TRUE(down.received() == text);
}

TEST(TlsTransport, PutsSmallPartsIntoOneRecord) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  auto before = pair.of_server.sends;
  iovec parts[] = {part_of("HTTP/1.1 200 OK\r\n\r\n"), part_of(""), part_of("hello "), part_of("world")};
  EXPECT_EQ(pair.server->send(parts).count, 30u);
  EXPECT_EQ(pair.of_server.sends, before + 1);
  EXPECT_EQ(TlsPair::pass(*pair.server, *pair.client, "!"), "HTTP/1.1 200 OK\r\n\r\nhello world!");
}

TEST(TlsTransport, FillsRecordsAcrossParts) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  auto before = pair.of_server.sends;
  std::string head(100, 'h'), body(2 * 16384 - 100, 'b');
  iovec parts[] = {part_of(head), part_of(body)};
  EXPECT_EQ(pair.server->send(parts).count, 32768u);
  EXPECT_EQ(pair.of_server.sends, before + 2);
}

TEST(TlsTransport, SendsNothingForNothing) {
  TlsPair pair(context(), endpoint());
  ASSERT_TRUE(pair.shake());
  EXPECT_EQ(pair.server->send({}).how, How::bytes);
  EXPECT_EQ(send_text(*pair.server, "").count, 0u);
}

// ---- drained

TEST(TlsTransport, SaysWhenNothingIsLeft) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  char buffer[64];
  EXPECT_EQ(pair.server->receive(buffer).how, How::would_block);

  send_text(*pair.client, "one");
  send_text(*pair.client, "two");
  auto before = pair.of_server.receives;
  auto both = pair.server->receive(buffer);
  EXPECT_EQ(std::string_view(buffer, both.count), "onetwo");
  EXPECT_TRUE(both.drained);
  EXPECT_EQ(pair.of_server.receives, before + 1) << "one system call for it all";
}

// A pool takes a connection back only where nothing more is to be read: tickets that came along are nothing.
TEST(TlsTransport, IsDrainedThoughTicketsCameAlong) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  char exact[6];
  for (auto* answer : {"first!", "second"}) {
    send_text(*pair.server, answer);
    auto moved = pair.client->receive(exact);
    EXPECT_EQ(std::string_view(exact, moved.count), answer);
    EXPECT_TRUE(moved.drained);
  }
}

TEST(TlsTransport, KeepsWhatDidNotFitAndSaysSo) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  send_text(*pair.client, "one");
  send_text(*pair.client, "two");
  char small[2];
  std::string all;
  for (int i = 0; i < 3; ++i) {
    auto moved = pair.server->receive(small);
    ASSERT_EQ(moved.count, 2u);
    all.append(small, 2);
    EXPECT_TRUE(i == 2 || !moved.drained);
  }
  EXPECT_EQ(all, "onetwo");
}

// Half a record has come: that is nothing to read, and nothing to ask the socket about again.
TEST(TlsTransport, WaitsForTheRestOfARecord) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  pair.of_client.at_most = 50;
  pair.of_client.closed_for_sending = false;
  std::string text(100, 'x');
  auto part = part_of(text);
  pair.of_client.stutter = true;
  pair.of_client.sends = 1;
  EXPECT_EQ(pair.client->send({&part, 1}).how, How::would_block);
  char buffer[256];
  auto before = pair.of_server.receives;
  EXPECT_EQ(pair.server->receive(buffer).how, How::would_block);
  EXPECT_EQ(pair.of_server.receives, before + 1);
  pair.of_client.stutter = false;
  EXPECT_EQ(pair.client->send({&part, 1}).count, 100u);
  EXPECT_EQ(pair.server->receive(buffer).count, 100u);
}

// ---- the end

TEST(TlsTransport, EndsOneDirectionAtATime) {
  TlsPair pair(context(), endpoint());
  ASSERT_TRUE(pair.shake());
  send_text(*pair.client, "request");
  EXPECT_TRUE(pair.client->finish());
  char buffer[64];
  auto last = pair.server->receive(buffer);
  EXPECT_EQ(std::string_view(buffer, last.count), "request");
  EXPECT_EQ(pair.server->receive(buffer).how, How::end);
  EXPECT_EQ(pair.server->receive(buffer).how, How::end);
  EXPECT_EQ(TlsPair::pass(*pair.server, *pair.client, "answer"), "answer");
  EXPECT_TRUE(pair.server->finish());
  EXPECT_EQ(pair.client->receive(buffer).how, How::end);
}

TEST(TlsTransport, DoesNotTakeACutForAnEnd) {
  for (bool shaken : {true, false}) {
    TlsPair pair(context(), endpoint());
    if (shaken) {
      ASSERT_TRUE(pair.shake());
    } else {
      pair.client->handshake();
    }
    ::shutdown(pair.client->descriptor(), SHUT_WR);
    char buffer[64];
    auto moved = shaken ? pair.server->receive(buffer) : (pair.server->handshake(), pair.server->handshake());
    EXPECT_EQ(moved.how, How::broken);
    EXPECT_STREQ(pair.server->fault(), "unexpected eof while reading");
    EXPECT_EQ(pair.server->receive(buffer).how, How::broken);
    EXPECT_EQ(send_text(*pair.server, "x").how, How::broken);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(TlsTransport, SaysGoodbyeLaterWhereItDoesNotFitNow) {
  WatchedPair pair;
  ASSERT_TRUE(pair.shake());
  pair.of_server.closed_for_sending = true;
  EXPECT_FALSE(pair.server->finish());
  EXPECT_FALSE(pair.server->finish());
  char buffer[64];
  EXPECT_EQ(pair.client->receive(buffer).how, How::would_block);
  pair.of_server.closed_for_sending = false;
  EXPECT_TRUE(pair.server->finish());
  EXPECT_EQ(pair.client->receive(buffer).how, How::end);
}

TEST(TlsTransport, BreaksWhereTheOtherSideIsGone) {
  TlsPair pair(context(), endpoint());
  ASSERT_TRUE(pair.shake());
  pair.client.reset();
  EXPECT_EQ(send_text(*pair.server, "x").how, How::broken);
  EXPECT_STREQ(pair.server->fault(), "reset");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// ---- after a PROXY header

TEST(TlsTransport, BeginsWithBytesThatWereReadBefore) {
  SocketPair sockets;
  auto far = sockets.other->descriptor();
  TlsTransport client(std::move(sockets.other), endpoint());
  client.handshake();
  char hello[4096];
  for (std::size_t kept : {std::size_t{1}, std::size_t{5}, std::size_t{100}, sizeof hello}) {
    SocketPair others;
    TlsTransport another(std::move(others.other), endpoint());
    another.handshake();
    auto read = others.one->receive(std::span(hello).first(kept));
    ASSERT_EQ(read.how, How::bytes);
    TlsTransport server(std::move(others.one), context(), {hello, read.count});
    for (int i = 0; i < 5; ++i) server.handshake(), another.handshake();
    EXPECT_EQ(TlsPair::pass(another, server, "hi"), "hi") << kept;
  }
  EXPECT_EQ(far, client.descriptor());
}

// ---- the error queue

TEST(TlsTransport, LeavesNoErrorsBehindAndMindsNoneOfOthers) {
  TlsPair pair(context(), endpoint());
  ASSERT_TRUE(pair.shake());
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
  char buffer[64];
  EXPECT_EQ(pair.server->receive(buffer).how, How::would_block);
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
  EXPECT_EQ(send_text(*pair.server, "x").how, How::bytes);
  ::send(pair.client->descriptor(), "garbage that is no record", 25, 0);
  EXPECT_EQ(pair.server->receive(buffer).how, How::broken);
  EXPECT_STREQ(pair.server->fault(), "wrong version number");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(TlsTransport, RefusesWhatIsNoTls) {
  for (auto [text, fault] : {std::pair{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "http request"},
                             {"\x16\x03\x01\xff\xff too long a record", "packet length too long"},
                             {"SSH-2.0-OpenSSH_9.2\r\n", "wrong version number"}}) {
    SocketPair sockets;
    TlsTransport server(std::move(sockets.one), context());
    send_text(*sockets.other, text);
    EXPECT_EQ(server.handshake().how, How::broken);
    EXPECT_STREQ(server.fault(), fault);
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

// ---- key updates

TEST(TlsTransport, AnswersKeyUpdatesInTheMiddleOfABlockedSend) {
  PlainClient client;
  auto visit = client.visit(context());
  ASSERT_TRUE(visit.done);
  auto text = random_text(4 << 20);
  std::size_t sent = 0;
  std::string received;
  char buffer[4096];
  for (int i = 0; i < 100'000 && received.size() < text.size(); ++i) {
    for (Moved moved = Moved::some(1, false); sent < text.size() && moved.how == How::bytes;) {
      moved = send_text(*visit.server, std::string_view(text).substr(sent));
      ASSERT_NE(moved.how, How::broken) << visit.server->fault();
      sent += moved.count;
    }
    if (i < 20) {
      ASSERT_EQ(SSL_key_update(visit.ssl.get(), SSL_KEY_UPDATE_REQUESTED), 1);
      ASSERT_EQ(SSL_do_handshake(visit.ssl.get()), 1);
      EXPECT_EQ(visit.server->receive(buffer).how, How::would_block) << visit.server->fault();
    }
    received += visit.read();
  }
  EXPECT_TRUE(received == text);
}

TEST(TlsTransport, HoldsBackOnlySoMuch) {
  Watched::Account of_server;
  SocketPair sockets;
  PlainClient client;
  TlsTransport server(std::make_unique<Watched>(std::move(sockets.one), of_server), context());
  SslPtr ssl(SSL_new(client.context.get()));
  SSL_set_fd(ssl.get(), sockets.other->descriptor());
  for (int i = 0; i < 5; ++i) SSL_connect(ssl.get()), server.handshake();
  of_server.closed_for_sending = true;
  char buffer[4096];
  auto moved = Moved::later();
  int updates = 0;
  for (; updates < 5000 && moved.how == How::would_block; ++updates) {
    SSL_key_update(ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    ASSERT_EQ(SSL_do_handshake(ssl.get()), 1);
    moved = server.receive(buffer);
  }
  EXPECT_EQ(moved.how, How::broken);
  EXPECT_LT(updates, 2000);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace sluice::net
