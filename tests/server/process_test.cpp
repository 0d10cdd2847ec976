// Process with real sockets and real workers, in this process; no upstream is needed for what it promises.
#include "server/process.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "server/support/client.hpp"
#include "server/support/scratch.hpp"
#include "server/support/text_config.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using testing::Client;
using ::testing::ElementsAre;
using testing::fetch;
using ::testing::HasSubstr;
using testing::load_text;
using ::testing::StartsWith;

std::string config_text(const std::string& body, const std::string& bind = "127.0.0.1:0",
                        const std::string& listener = "") {
  return "version: 1\nworkers: 2\ntelemetry: { access_log: off }\n"
         "listeners: { public: { bind: \"" +
         bind + "\"" + listener +
         " } }\n"
         "routes: { all: { match: \"/**\", respond: { body: \"" +
         body + "\" } } }\n";
}

class ProcessTest : public ::testing::Test {
 protected:
  void start(const std::string& text) {
    auto started = Process::start(testing::config_of(text), {});
    ASSERT_TRUE(started) << started.failure();
    process_ = std::move(*started);
  }
  ReloadReport reload(const std::string& text) { return process_->reload(load_text(text)); }

  // Where the first listener of that name is, in the configuration in force.
  config::Address address(std::size_t bind = 0) const {
    return process_->standing().published()->built.listeners.at(0).sockets.at(bind)->actual_address();
  }
  std::uint32_t connections() const {
    return process_->standing().published()->built.listeners.at(0).connections->connections();
  }
  // Connections end on the worker's thread, a moment after the client has noticed.
  bool comes_to(std::uint32_t count) const {
    for (int i = 0; i < 1000 && connections() != count; ++i) ::usleep(5000);
    return connections() == count;
  }
  std::string metric(const std::string& line) const {
    auto page = process_->metrics().text();
    auto at = page.find(line);
    return at == page.npos ? ""
                           : page.substr(at + line.size() + 1, page.find('\n', at) - at - line.size() - 1);
  }

  std::ostringstream log_text_;
  log::Redirect log_{log_text_};
  std::unique_ptr<Process> process_;
};

TEST_F(ProcessTest, ServesWhatWasConfigured) {
  start(config_text("one"));
  EXPECT_THAT(fetch(address(), "GET", "/"), ::testing::EndsWith("\r\n\r\none"));
  EXPECT_TRUE(process_->standing().ready());
}

TEST_F(ProcessTest, AReloadIsServedAtOnceAndKeepsSocketAndConnections) {
  start(config_text("one"));
  auto before = address();
  auto socket = process_->standing().published()->built.listeners[0].sockets[0];
  Client kept(before);
  EXPECT_THAT(kept.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "one"), HasSubstr("one"));

  auto report = reload(config_text("two"));
  EXPECT_TRUE(report.taken);
  EXPECT_EQ(report.version, 2u);
  EXPECT_EQ(process_->standing().published()->built.listeners[0].sockets[0], socket);
  EXPECT_THAT(kept.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "two"), HasSubstr("two"));
  EXPECT_THAT(fetch(before, "GET", "/"), HasSubstr("two"));
  EXPECT_EQ(metric("sluice_config_reloads_total{result=\"success\"}"), "1");
}

TEST_F(ProcessTest, ARefusedFileChangesNothingAndSaysWhy) {
  start(config_text("one"));
  auto report = reload("version: 1\nlisteners: {}\nrouts: {}\n");
  EXPECT_FALSE(report.taken);
  EXPECT_EQ(report.version, 1u);
  EXPECT_THAT(report.errors, ::testing::Contains(HasSubstr("routs: unknown key (did you mean 'routes'?)")));
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("one"));
  EXPECT_THAT(log_text_.str(), HasSubstr("config.refused"));
  EXPECT_EQ(process_->standing().last_reload().errors, report.errors);
  EXPECT_EQ(metric("sluice_config_reloads_total{result=\"failure\"}"), "1");
}

TEST_F(ProcessTest, WhatCannotChangeIsNamed) {
  start(config_text("one"));
  auto other = config_text("two");
  other.replace(other.find("workers: 2"), 10, "workers: 3");
  EXPECT_THAT(reload(other).errors, ElementsAre("workers: cannot change in a reload; restart for it"));
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("one"));
}

TEST_F(ProcessTest, ANewBindIsOpenedAndTheOldOneClosed) {
  testing::Scratch scratch;
  auto path = (scratch / "s").string();
  start(config_text("one"));
  auto old = address();
  ASSERT_TRUE(reload(config_text("two", "unix:" + path)).taken);
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("two"));
  EXPECT_THROW(Client{old}, std::runtime_error);
  ASSERT_TRUE(reload(config_text("three")).taken);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("three"));
}

TEST_F(ProcessTest, ABindThatFailsRefusesTheFile) {
  auto taken = open_listening(Scalar<config::Address>::parse("127.0.0.1:0").value(), {});
  start(config_text("one"));
  auto where = (*taken)->actual_address().to_string();
  auto report = reload(config_text("two", where));
  EXPECT_THAT(report.errors, ElementsAre("listeners.public: bind to " + where + ": Address already in use"));
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("one"));
}

TEST_F(ProcessTest, AStartWithoutItsSocketIsAFailure) {
  auto taken = open_listening(Scalar<config::Address>::parse("127.0.0.1:0").value(), {});
  auto started =
      Process::start(testing::config_of(config_text("one", (*taken)->actual_address().to_string())), {});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.failure(), StartsWith("listeners.public: bind to 127.0.0.1:"));
}

TEST_F(ProcessTest, OneConnectionTooManyIsClosedAtOnce) {
  start(config_text("one", "127.0.0.1:0", ", limits: { connections: 2 }"));
  Client first(address()), second(address());
  EXPECT_THAT(first.get("/"), HasSubstr("200 OK"));
  EXPECT_THAT(second.get("/"), HasSubstr("200 OK"));
  EXPECT_TRUE(Client(address()).is_closed());
  EXPECT_EQ(connections(), 2u);
  EXPECT_EQ(metric("sluice_connections_refused_total{listener=\"public\",limit=\"connections\"}"), "1");
  process_.reset();  // nobody writes the log any more
  EXPECT_THAT(log_text_.str(), HasSubstr("connection.refused"));
}

TEST_F(ProcessTest, OneConnectionTooManyOfAnAddressIsClosedUntilAnotherEnds) {
  start(config_text("one", "127.0.0.1:0", ", limits: { connections_per_ip: 1 }"));
  {
    Client first(address());
    EXPECT_THAT(first.get("/"), HasSubstr("200 OK"));
    EXPECT_TRUE(Client(address()).is_closed());
  }
  EXPECT_TRUE(comes_to(0));
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("200 OK"));
  EXPECT_EQ(metric("sluice_connections_refused_total{listener=\"public\",limit=\"connections_per_ip\"}"),
            "1");
}

TEST_F(ProcessTest, LimitsOfAReloadHoldForTheNextConnection) {
  start(config_text("one"));
  Client first(address());
  EXPECT_THAT(first.get("/"), HasSubstr("200 OK"));
  ASSERT_TRUE(reload(config_text("two", "127.0.0.1:0", ", limits: { connections: 1 }")).taken);
  EXPECT_TRUE(Client(address()).is_closed());
  EXPECT_THAT(first.get("/"), HasSubstr("200 OK"));
}

TEST_F(ProcessTest, AListenerThatIsGoneLetsItsConnectionsFinish) {
  start(config_text("one"));
  Client idle(address());
  EXPECT_THAT(idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "one"), HasSubstr("one"));
  auto text = config_text("two");
  text.replace(text.find("public"), 6, "other");
  ASSERT_TRUE(reload(text).taken);
  EXPECT_TRUE(idle.is_closed());
}

TEST_F(ProcessTest, DrainTakesNoMoreAndClosesWhatIsIdle) {
  start(config_text("one"));
  auto at = address();
  Client idle(at);
  EXPECT_THAT(idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "one"), HasSubstr("one"));
  process_->drain({});
  EXPECT_TRUE(idle.is_closed());
  EXPECT_THROW(Client{at}, std::runtime_error);
  bool busy = true;
  for (int i = 0; i < 1000 && busy; ++i, ::usleep(5000)) busy = process_->busy() != Busy::no;
  EXPECT_FALSE(busy);
}

TEST_F(ProcessTest, NothingIsReloadedWhileDraining) {
  start(config_text("one"));
  process_->standing().drain();
  EXPECT_THAT(reload(config_text("two")).errors, ElementsAre("the process is draining"));
}

TEST_F(ProcessTest, ARequestThatIsBeingReadIsAnsweredWhileDraining) {
  start(config_text("one"));
  Client half(address());
  half.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(comes_to(1));
  ::usleep(50'000);
  process_->drain({});
  EXPECT_EQ(process_->busy(), Busy::clients);
  EXPECT_THAT(half.ask("st: a\r\n\r\n", "one"), HasSubstr("Connection: close"));
}

TEST_F(ProcessTest, ACutEndsWhatIsLeft) {
  start(config_text("one"));
  Client half(address());
  half.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(comes_to(1));
  ::usleep(50'000);
  process_->drain({});
  process_->cut();
  EXPECT_TRUE(half.is_closed());
  EXPECT_TRUE(comes_to(0));
}

TEST_F(ProcessTest, EndsWithConnectionsOpen) {
  start(config_text("one"));
  Client client(address());
  EXPECT_THAT(client.get("/"), HasSubstr("200 OK"));
  process_.reset();
  client.read_all();
}

TEST_F(ProcessTest, CertificatesAreReadAnewAndConnectionsKept) {
  start(config_text("one", "127.0.0.1:0", ", tls: { certificates: self-signed }"));
  auto gauge = [&] {
    return process_->metrics().text().find("sluice_tls_certificate_expiry_seconds{") != std::string::npos;
  };
  EXPECT_TRUE(gauge());
  auto first = process_->standing().published()->built.listeners[0].session->tls;
  ASSERT_TRUE(reload(config_text("two", "127.0.0.1:0", ", tls: { certificates: self-signed }")).taken);
  auto second = process_->standing().published()->built.listeners[0].session->tls;
  EXPECT_NE(first, second);
  EXPECT_EQ(first->certificates()[0].serial, second->certificates()[0].serial);
  EXPECT_TRUE(gauge());
}

TEST_F(ProcessTest, AKeyThatIsMissingRefusesTheFileAndNamesIt) {
  start(config_text("one"));
  auto report = reload(config_text(
      "two", "127.0.0.1:0", ", tls: { certificates: [{ cert: /nonexistent.pem, key: /nonexistent.key }] }"));
  ASSERT_FALSE(report.taken);
  EXPECT_THAT(report.errors[0], StartsWith("listeners.public.tls: /nonexistent.pem: "));
  EXPECT_THAT(fetch(address(), "GET", "/"), HasSubstr("one"));
}

TEST_F(ProcessTest, TheAccessLogMovesWithTheConfiguration) {
  testing::Scratch scratch;
  auto with_log = [&](const std::string& name) {
    auto text = config_text("one");
    return text.replace(text.find("off"), 3, "{ path: " + (scratch / name).string() + " }");
  };
  start(with_log("first.log"));
  fetch(address(), "GET", "/a");
  ASSERT_TRUE(reload(with_log("second.log")).taken);
  EXPECT_THAT(scratch.read("first.log"), HasSubstr("\"path\":\"/a\"")) << "written out when it was replaced";
  fetch(address(), "GET", "/b");
  ASSERT_TRUE(reload(config_text("two")).taken);
  EXPECT_THAT(scratch.read("second.log"), HasSubstr("\"path\":\"/b\""));
  auto refused = reload(with_log("no/such/directory.log"));
  EXPECT_THAT(refused.errors, ElementsAre(StartsWith("telemetry.access_log: cannot open ")));
}

}  // namespace
}  // namespace sluice::server
