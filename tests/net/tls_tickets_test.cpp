#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/test_certificates.hpp"
#include "net/tls/server_context.hpp"
#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

using std::chrono::hours;

const TestAuthority& authority() {
  static const TestAuthority a;
  return a;
}

const IssuedCertificate& certificate() {
  static const auto c = authority().issue({.names = {"DNS:a.example", "DNS:b.example"}});
  return c;
}

std::shared_ptr<const TlsServerContext> build(const TlsServerSettings& settings) {
  TlsNotes notes;
  auto context = TlsServerContext::build(settings, wall_now(), notes);
  for (auto& e : notes.errors) ADD_FAILURE() << e;
  return context;
}

std::shared_ptr<TlsEndpoint> endpoint(TlsClientSettings settings = {},
                                      const std::string& name = "a.example") {
  settings.ca = authority().pem();
  TlsNotes notes;
  return std::make_shared<TlsEndpoint>(TlsClientContext::build(settings, wall_now(), notes), name);
}

// Two contexts, as two replicas or two listeners have them; and whether a session of one resumes at the
// other.
class Tickets : public testing::Test {
 protected:
  TlsServerSettings settings() const {
    return {.listener = "public", .certificates = {certificate().pair()}, .ticket_keys = keys_};
  }
  static bool resumes(std::shared_ptr<const TlsServerContext> first,
                      std::shared_ptr<const TlsServerContext> second,
                      const std::shared_ptr<TlsEndpoint>& client = endpoint()) {
    visit(std::move(first), client);
    return visit(std::move(second), client);
  }
  static bool visit(std::shared_ptr<const TlsServerContext> context,
                    const std::shared_ptr<TlsEndpoint>& client) {
    TlsPair pair(std::move(context), client);
    EXPECT_TRUE(pair.shake()) << pair.server->fault() << " / " << pair.client->fault();
    pair.take_tickets();
    EXPECT_EQ(pair.server->facts().resumed, pair.client->facts().resumed);
    return pair.server->facts().resumed;
  }

  TimePoint now_ = Clock::now();
  std::shared_ptr<TicketKeys> keys_ = std::make_shared<TicketKeys>([this] { return now_; });
};

TEST_F(Tickets, ResumeAcrossContextsThatShareKeys) {
  EXPECT_TRUE(resumes(build(settings()), build(settings())));
}

// A TLS 1.3 client uses a ticket once: each resumption has to bring the next one.
TEST_F(Tickets, ComeAnewWithEveryResumption) {
  auto context = build(settings());
  auto client = endpoint();
  visit(context, client);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(visit(context, client)) << i;
}

TEST_F(Tickets, DoNotResumeWithoutTheKeys) {
  auto stranger = settings();
  stranger.ticket_keys = std::make_shared<TicketKeys>();
  EXPECT_FALSE(resumes(build(settings()), build(stranger)));
}

TEST_F(Tickets, AreBoundToTheListener) {
  auto other = settings();
  other.listener = "internal";
  EXPECT_FALSE(resumes(build(settings()), build(other)));
}

TEST_F(Tickets, AreBoundToTheRulesForClients) {
  auto person = authority().issue({.common_name = "ann"}).pair();
  TestAuthority another("Another");
  auto asking = [&](const Pem& ca, ClientAuth auth) {
    auto s = settings();
    s.client_ca = ca;
    s.client_auth = auth;
    return build(s);
  };
  Pem both{"both.pem", another.certificate() + authority().certificate()};
  Pem reversed{"both.pem", authority().certificate() + another.certificate()};
  auto require = asking(authority().pem(), ClientAuth::require);
  auto known = [&] { return endpoint({.certificate = person}); };

  EXPECT_TRUE(resumes(require, asking(authority().pem(), ClientAuth::require), known()));
  EXPECT_TRUE(resumes(asking(both, ClientAuth::require), asking(reversed, ClientAuth::require), known()));
  EXPECT_FALSE(resumes(build(settings()), asking(authority().pem(), ClientAuth::optional), known()));
  EXPECT_FALSE(resumes(asking(authority().pem(), ClientAuth::optional), require, known()));
  EXPECT_FALSE(resumes(require, asking(both, ClientAuth::require), known()));
}

// A client that has no certificate cannot buy one with a ticket from elsewhere.
TEST_F(Tickets, AreNoWayAroundRequire) {
  auto strict = settings();
  strict.client_ca = authority().pem();
  auto client = endpoint();
  visit(build(settings()), client);
  TlsPair pair(build(strict), client);
  pair.shake();
  EXPECT_STREQ(pair.server->fault(), "peer did not return a certificate");
}

TEST_F(Tickets, CarryTheClientsCertificate) {
  auto s = settings();
  s.client_ca = authority().pem();
  auto client = endpoint({.certificate = authority().issue({.common_name = "ann"}).pair()});
  auto context = build(s);
  visit(context, client);
  TlsPair pair(context, client);
  ASSERT_TRUE(pair.shake());
  EXPECT_TRUE(pair.server->facts().resumed);
  ASSERT_TRUE(pair.server->facts().client);
  EXPECT_EQ(pair.server->facts().client->subject, "CN=ann");
}

TEST_F(Tickets, CarryEverythingTheCertificateSaidAndNobodyElses) {
  auto s = settings();
  s.client_ca = authority().pem();
  s.client_auth = ClientAuth::optional;
  auto ann = endpoint(
      {.certificate =
           authority()
               .issue({.names = {"DNS:orders.svc.internal", "URI:spiffe://x/orders"}, .common_name = "ann"})
               .pair()});
  auto nobody = endpoint();
  auto context = build(s);
  TlsPair first(context, ann);
  ASSERT_TRUE(first.shake());
  first.take_tickets();
  visit(context, nobody);
  TlsPair again(context, ann), stranger(context, nobody);
  ASSERT_TRUE(again.shake() && stranger.shake());
  EXPECT_TRUE(again.server->facts().resumed && stranger.server->facts().resumed);
  ASSERT_TRUE(first.server->facts().client && again.server->facts().client);
  auto &before = *first.server->facts().client, &after = *again.server->facts().client;
  EXPECT_EQ(after.sha256, before.sha256);
  EXPECT_EQ(after.dns, before.dns);
  EXPECT_EQ(after.uris, before.uris);
  EXPECT_EQ(after.not_after, before.not_after);
  EXPECT_FALSE(stranger.server->facts().client);
}

PlainClient speaking(int version) {
  PlainClient client;
  SSL_CTX_set_max_proto_version(client.context.get(), version);
  return client;
}

// The endpoint's own sessions belong to one name, so a plain OpenSSL client stands in for a dishonest one.
TEST_F(Tickets, AreBoundToTheServerName) {
  auto context = build(settings());
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto client = speaking(version);
    EXPECT_FALSE(client.visit_and_keep(context, "a.example"));
    EXPECT_TRUE(client.visit_and_keep(context, "a.example"));
    EXPECT_TRUE(client.visit_and_keep(context, "A.example"));
    EXPECT_FALSE(client.visit_and_keep(context, "b.example"));
    EXPECT_FALSE(client.visit_and_keep(context));
  }
}

// The same refusals in both versions: OpenSSL has a path of its own for each.
TEST_F(Tickets, AreBoundToListenerAndRulesInEachVersion) {
  auto other = settings();
  other.listener = "internal";
  auto asking = settings();
  asking.client_ca = authority().pem();
  asking.client_auth = ClientAuth::optional;
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (auto& elsewhere : {other, asking}) {
      auto client = speaking(version);
      EXPECT_FALSE(client.visit_and_keep(build(settings())));
      EXPECT_TRUE(client.visit_and_keep(build(settings())));
      EXPECT_FALSE(client.visit_and_keep(build(elsewhere)));
    }
}

TEST_F(Tickets, OfferNoEarlyData) {
  auto client = speaking(TLS1_3_VERSION);
  client.visit_and_keep(build(settings()));
  EXPECT_EQ(SSL_SESSION_get_max_early_data(client.session.get()), 0u);
}

TEST_F(Tickets, OutliveOneRotationOfRandomKeys) {
  auto context = build(settings());
  for (auto [later, resumed] : {std::pair{hours(11), true}, {hours(23), true}, {hours(25), false}}) {
    auto client = endpoint();
    auto began = now_;
    visit(context, client);
    now_ = began + later;
    EXPECT_EQ(visit(context, client), resumed) << later.count();
    now_ = began + 10 * TicketKeys::lifetime;
  }
}

TEST_F(Tickets, RotateByFiles) {
  TestFolder folder;
  auto old_key = folder.write("old.key", std::string(80, 'o'));
  auto new_key = folder.write("new.key", std::string(80, 'n'));
  auto with = [&](std::vector<std::string> files) {
    auto s = settings();
    s.ticket_key_files = std::move(files);
    return build(s);
  };
  EXPECT_TRUE(resumes(with({old_key}), with({new_key, old_key})));
  EXPECT_FALSE(resumes(with({new_key, old_key}), with({old_key})));
  EXPECT_FALSE(resumes(with({old_key}), with({new_key})));
}

TEST(TicketKeys, ReplaceThemselvesAndKeepThePrevious) {
  TimePoint now = Clock::now();
  TicketKeys keys([&] { return now; });
  auto first = keys.current();
  EXPECT_TRUE(keys.find(first.name.data())->current);
  now += hours(12) - std::chrono::seconds(1);
  EXPECT_EQ(keys.current().name, first.name);
  now += std::chrono::seconds(1);
  auto second = keys.current();
  EXPECT_NE(second.name, first.name);
  ASSERT_TRUE(keys.find(first.name.data()));
  EXPECT_FALSE(keys.find(first.name.data())->current);
  EXPECT_EQ(keys.find(first.name.data())->key.cipher, first.cipher);
  now += hours(12);
  EXPECT_FALSE(keys.find(first.name.data()));
  EXPECT_TRUE(keys.find(second.name.data()));
  now += hours(24);
  EXPECT_FALSE(keys.find(second.name.data()));
}

// Workers share contexts, endpoints and keys; here the keys turn all the time.
TEST(TicketKeys, AreSharedByThreads) {
  std::atomic<std::int64_t> turns = 0;
  auto began = Clock::now();
  auto now = [&] { return began + hours(5) * turns.load(); };
  auto server = build({.listener = "public",
                       .certificates = {certificate().pair()},
                       .ticket_keys = std::make_shared<TicketKeys>(now)});
  auto client = endpoint();
  std::atomic<int> shaken = 0;
  std::vector<std::jthread> workers;
  for (int worker = 0; worker < 4; ++worker)
    workers.emplace_back([&] {
      for (int i = 0; i < 20; ++i, ++turns) {
        TlsPair pair(server, client);
        if (pair.shake() && pair.pass("hello") == "hello") ++shaken;
        pair.take_tickets();
      }
    });
  workers.clear();
  EXPECT_EQ(shaken, 80);
}

TEST(TicketKeys, NeverRotateThoseOfFiles) {
  TestFolder folder;
  TlsNotes notes;
  auto keys =
      TicketKeys::from_files({folder.write("t.key", "NAMENAMENAMENAME" + std::string(64, 'k'))}, notes);
  ASSERT_TRUE(keys);
  auto key = keys->current();
  EXPECT_EQ(std::string(key.name.begin(), key.name.end()), "NAMENAMENAMENAME");
  EXPECT_EQ(key.mac[0], 'k');
}

}  // namespace
}  // namespace sluice::net
