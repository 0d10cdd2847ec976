#include "server/admin/server.hpp"

#include <gmock/gmock.h>

#include "server/support/admin_settings.hpp"
#include "server/support/client.hpp"
#include "server/support/scratch.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::fetch;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminServerTest : public ::testing::Test {
 protected:
  config::Address start(const std::string& bind = "127.0.0.1:0", AdminLimits limits = {}) {
    auto address = Scalar<config::Address>::parse(bind).value();
    listening_ = *open_listening(address, {});
    server_.emplace(*listening_, handler_, limits);
    return listening_->actual_address();
  }

  Standing standing_;
  AdminHandler handler_{testing::admin(),
                        standing_,
                        {},
                        {.metrics = [] { return std::string(100'000, 'm'); }, .reload = {}, .drain = {}}};
  std::shared_ptr<Listening> listening_;
  std::optional<AdminServer> server_;
};

TEST_F(AdminServerTest, AnswersAndKeepsTheConnection) {
  Client client(start());
  for (int i = 0; i < 3; ++i) {
    auto answer = client.ask("GET /healthz?x HTTP/1.1\r\nHost: localhost\r\n\r\n", "ok\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  }
}

TEST_F(AdminServerTest, ALargePageArrivesWhole) {
  auto answer = fetch(start(), "GET", "/metrics");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 100000\r\n"));
  EXPECT_GT(answer.size(), 100'000u);
}

TEST_F(AdminServerTest, HeadHasNoBody) {
  auto answer = fetch(start(), "HEAD", "/healthz");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(AdminServerTest, IsThereOnAUnixSocketToo) {
  testing::Scratch scratch;
  auto answer = fetch(start("unix:" + (scratch / "admin.sock").string()), "GET", "/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  server_.reset();
  listening_.reset();
}

TEST_F(AdminServerTest, PassesHostAndOriginToTheGuard) {
  auto at = start();
  EXPECT_THAT(fetch(at, "GET", "/status", "Host: evil.example\r\n"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(fetch(at, "GET", "/status", ""), StartsWith("HTTP/1.1 403 "));
  auto crossed = fetch(at, "GET", "/status", "Host: localhost\r\nOrigin: null\r\n");
  EXPECT_THAT(crossed, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(crossed, HasSubstr("application/problem+json"));
}

TEST_F(AdminServerTest, AHeadOverTheLimitIs431) {
  auto at = start("127.0.0.1:0", {.head = 1024});
  EXPECT_THAT(fetch(at, "GET", "/healthz", "Host: localhost\r\nX: " + std::string(2000, 'x') + "\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(AdminServerTest, ABodyOverTheLimitIs413) {
  auto at = start("127.0.0.1:0", {.body = 10});
  EXPECT_THAT(fetch(at, "POST", "/drain", "Host: localhost\r\nContent-Length: 11\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(AdminServerTest, NonsenseIs400AndTheEnd) {
  Client client(start());
  client.send("nonsense\r\n\r\n");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(AdminServerTest, WhoIsTooSlowIsCut) {
  Client client(start("127.0.0.1:0", {.time = 50ms}));
  client.send("GET /healthz HTTP/1.1\r\nHo");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(AdminServerTest, OneConnectionTooManyIsClosed) {
  auto at = start("127.0.0.1:0", {.connections = 1});
  Client first(at);
  EXPECT_THAT(first.get("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(Client(at).is_closed());
  EXPECT_THAT(first.get("/healthz"), HasSubstr("200 OK"));
}

TEST_F(AdminServerTest, EndsWithConnectionsOpen) {
  Client client(start());
  EXPECT_THAT(client.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "ok\n"),
              StartsWith("HTTP/1.1 200 "));
  server_.reset();
  EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace sluice::server
