// The program as a shell sees it: exit codes, what goes where, which file it takes.
#include <gmock/gmock.h>

#include "server/support/client.hpp"
#include "server/support/manager.hpp"
#include "server/support/program.hpp"

namespace sluice::server {
namespace {

using testing::Client;
using testing::fetch;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Program;
using testing::run;
using testing::Scratch;
using ::testing::StartsWith;

constexpr auto sound = R"(version: 1
workers: 1
drain: { accept: 0s, finish: 2s }
admin: { bind: "127.0.0.1:0" }
listeners: { public: { bind: "127.0.0.1:0" } }
routes: { all: { match: "/**", respond: { body: one } } }
)";

TEST(CommandLine, AboutItself) {
  auto version = run({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, StartsWith("sluice 0."));
  EXPECT_THAT(version.out, HasSubstr("OpenSSL 3."));
  auto help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  for (auto* command : {"run", "check", "explain", "schema", "echo"})
    EXPECT_THAT(help.out, HasSubstr(command));
}

TEST(CommandLine, BadUsageIsTwo) {
  for (auto& arguments : std::vector<std::vector<std::string>>{{},
                                                               {"dance"},
                                                               {"run", "--fast"},
                                                               {"run", "-c"},
                                                               {"explain", "GET"},
                                                               {"echo"},
                                                               {"echo", "--bind", "nowhere"},
                                                               {"echo", "--bind", ":0", "--delay", "5"},
                                                               {"echo", "--bind", ":0", "--status", "99"}}) {
    auto ran = run(arguments);
    EXPECT_EQ(ran.code, 2) << ran.err;
    EXPECT_THAT(ran.err, Not(IsEmpty()));
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST(CommandLine, CheckSaysFineOrEveryError) {
  Scratch scratch;
  auto fine = run({"check", "-c", scratch.write("fine.yaml", sound)});
  EXPECT_EQ(fine.code, 0) << fine.err;
  EXPECT_THAT(fine.err, HasSubstr("fine.yaml: fine\n"));
  EXPECT_THAT(fine.out, IsEmpty());

  auto bad = run(
      {"check", "-c", scratch.write("bad.yaml", "version: 1\nlisteners: { a: { bind: x } }\nrouts: {}\n")});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("bad.yaml:2:25: listeners.a.bind: "));
  EXPECT_THAT(bad.err, HasSubstr("bad.yaml:3:1: routs: unknown key (did you mean 'routes'?)\n"));

  auto absent = run({"check", "-c", (scratch / "absent.yaml").string()});
  EXPECT_EQ(absent.code, 1);
  EXPECT_THAT(absent.err, HasSubstr("absent.yaml: cannot read: No such file or directory\n"));
}

TEST(CommandLine, CheckReadsCertificates) {
  Scratch scratch;
  auto text = std::string(sound);
  text.replace(text.find("{ bind: \"127.0.0.1:0\" } }\nroutes"), 23,
               "{ bind: \"127.0.0.1:0\", tls: { certificates: [{ cert: no.pem, key: no.key }] } }");
  auto ran = run({"check", "-c", scratch.write("a.yaml", text)});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("listeners.public.tls: " + (scratch / "no.pem").string()));
}

TEST(CommandLine, CheckWarnsOfWhatTheUserCannotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can try";
  Scratch scratch;
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0755));
  auto file = scratch.write("a.yaml", std::string(sound) + "user: nobody\n");
  EXPECT_THAT(run({"check", "-c", file}).err, Not(HasSubstr("cannot read")));
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  auto ran = run({"check", "-c", file});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("warning: " + file + ": 'nobody' cannot read it"));
}

TEST(CommandLine, TheFileIsTheOneAskedForThenTheVariablesThenTheDirectorys) {
  Scratch scratch;
  auto in_variable = scratch.write("variable.yaml", "version: 1\n");
  testing::Setting setting{.directory = scratch.path()};
  EXPECT_THAT(run({"check"}, setting).err, HasSubstr("/etc/sluice/sluice.yaml"));
  scratch.write("sluice.yaml", sound);
  EXPECT_EQ(run({"check"}, setting).err, "sluice.yaml: fine\n");
  setting.environment = {"SLUICE_CONFIG=" + in_variable};
  EXPECT_THAT(run({"check"}, setting).err, HasSubstr(in_variable));
  EXPECT_EQ(run({"check", "-c", "sluice.yaml"}, setting).err, "sluice.yaml: fine\n");
}

TEST(CommandLine, ExplainWritesToStandardOutput) {
  Scratch scratch;
  auto file = scratch.write("a.yaml", sound);
  auto ran = run({"explain", "-c", file, "GET", "http://x/a", "-H", "A: b", "-H", "C: d"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("route     all\n"));
  EXPECT_EQ(run({"explain", "-c", file, "GET", "http://a b/"}).code, 2);
  EXPECT_EQ(run({"explain", "-c", scratch.write("b.yaml", "version: 2\n"), "GET", "/"}).code, 1);
}

TEST(CommandLine, SchemaIsJson) {
  auto ran = run({"schema"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("\"$schema\": \"https://json-schema.org/draft/2020-12/schema\""));
}

TEST(CommandLine, AStartThatFailsIsOne) {
  Scratch scratch;
  auto bad = run({"run", "-c", scratch.write("bad.yaml", "version: 1\nx: 1\n")});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("bad.yaml:2:1: x: unknown key"));

  Program first({"run", "-c", scratch.write("a.yaml", sound)});
  auto taken = first.address().to_string();
  auto text = std::string(sound);
  text.replace(text.rfind("127.0.0.1:0"), 11, taken);
  auto second = run({"run", "-c", scratch.write("b.yaml", text)});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr("listeners.public: bind to " + taken + ": Address already in use"));
}

TEST(Signals, TermDrainsAndEndsWithZero) {
  Scratch scratch;
  Program gateway({"run", "-c", scratch.write("a.yaml", sound)});
  Client idle(gateway.address());
  EXPECT_THAT(idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "one"), HasSubstr("one"));
  gateway.signal(SIGTERM);
  EXPECT_TRUE(idle.is_closed());
  EXPECT_EQ(gateway.end(), 0);
  EXPECT_THAT(gateway.err(), HasSubstr("drain.done"));
  EXPECT_THAT(gateway.out(), HasSubstr("\"path\":\"/\"")) << "the access log is written out at the end";
}

TEST(Signals, ReadinessIsRedWhileDraining) {
  Scratch scratch;
  auto text = std::string(sound);
  text.replace(text.find("accept: 0s"), 10, "accept: 5s");
  Program gateway({"run", "-c", scratch.write("a.yaml", text)});
  auto admin = gateway.address("admin.open");
  EXPECT_THAT(fetch(admin, "GET", "/readyz"), HasSubstr("200 OK"));
  gateway.signal(SIGTERM);
  EXPECT_TRUE(gateway.says("drain.begun"));
  EXPECT_THAT(fetch(admin, "GET", "/readyz"), HasSubstr("503 Service Unavailable"));
  EXPECT_THAT(fetch(gateway.address(), "GET", "/"), HasSubstr("200 OK")) << "it still accepts";
  EXPECT_EQ(gateway.end(SIGINT), 0);
  EXPECT_THAT(gateway.err(), HasSubstr("drain.cut_short"));
}

TEST(Signals, WhatDoesNotFinishIsCut) {
  Scratch scratch;
  auto text = std::string(sound);
  text.replace(text.find("finish: 2s"), 10, "finish: 100ms");
  Program gateway({"run", "-c", scratch.write("a.yaml", text)});
  Client half(gateway.address());
  half.send("GET / HTTP/1.1\r\nHo");
  ::usleep(100'000);
  EXPECT_EQ(gateway.end(SIGTERM), 0);
  EXPECT_THAT(gateway.err(), HasSubstr("drain.cut "));
  EXPECT_TRUE(half.is_closed());
}

TEST(Signals, HupReloadsAndARefusedFileIsALogLine) {
  Scratch scratch;
  auto file = scratch.write("a.yaml", sound);
  Program gateway({"run", "-c", file});
  auto at = gateway.address();
  auto text = std::string(sound);
  scratch.write("a.yaml", text.replace(text.find("one"), 3, "two"));
  gateway.signal(SIGHUP);
  EXPECT_TRUE(gateway.says("config.published version=2"));
  EXPECT_THAT(fetch(at, "GET", "/"), HasSubstr("two"));
  scratch.write("a.yaml", "version: 1\nnonsense: 1\n");
  gateway.signal(SIGHUP);
  EXPECT_TRUE(gateway.says("a.yaml:2:1: nonsense: unknown key"));
  EXPECT_THAT(fetch(at, "GET", "/"), HasSubstr("two"));
  EXPECT_EQ(gateway.end(SIGTERM), 0);
}

TEST(Signals, Usr1OpensTheAccessLogAnew) {
  Scratch scratch;
  auto text = std::string(sound) + "telemetry: { access_log: { path: access.log } }\n";
  Program gateway({"run", "-c", scratch.write("a.yaml", text)});
  fetch(gateway.address(), "GET", "/before");
  std::filesystem::rename(scratch / "access.log", scratch / "access.log.1");
  gateway.signal(SIGUSR1);
  ASSERT_TRUE(gateway.says("name=USR1"));
  for (int i = 0; i < 1000 && !std::filesystem::exists(scratch / "access.log"); ++i) ::usleep(5000);
  fetch(gateway.address(), "GET", "/after");
  EXPECT_EQ(gateway.end(SIGTERM), 0);
  EXPECT_THAT(scratch.read("access.log.1"), HasSubstr("/before"));
  EXPECT_THAT(scratch.read("access.log"), HasSubstr("/after"));
}

TEST(ServiceManager, HearsOfEveryStep) {
  Scratch scratch;
  testing::Manager manager((scratch / "notify").string());
  Program gateway({"run", "-c", scratch.write("a.yaml", sound)},
                  {.environment = {"NOTIFY_SOCKET=" + (scratch / "notify").string()}});
  EXPECT_EQ(manager.hears(), "READY=1");
  gateway.signal(SIGHUP);
  EXPECT_THAT(manager.hears(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(manager.hears(), "READY=1");
  gateway.signal(SIGTERM);
  EXPECT_EQ(manager.hears(), "STOPPING=1");
  EXPECT_EQ(gateway.end(), 0);
}

TEST(Watch, AChangedFileIsPublished) {
  Scratch scratch;
  Program gateway({"run", "--watch", "-c", scratch.write("a.yaml", sound)});
  gateway.address();
  scratch.write("a.yaml", "version: 1\nnonsense: 1\n");
  EXPECT_TRUE(gateway.says("config.refused"));
  auto text = std::string(sound);
  scratch.write("a.yaml", text.replace(text.find("one"), 3, "two"));
  EXPECT_TRUE(gateway.says("config.published version=2"));
  EXPECT_EQ(gateway.end(SIGTERM), 0);
}

TEST(Admin, ReloadAndDrainOverHttp) {
  Scratch scratch;
  Program gateway({"run", "-c", scratch.write("a.yaml", sound)});
  auto admin = gateway.address("admin.open");
  EXPECT_THAT(fetch(admin, "POST", "/reload"), HasSubstr("\"version\": 2"));
  scratch.write("a.yaml", "version: 1\nnonsense: 1\n");
  auto refused = fetch(admin, "POST", "/reload");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 422 "));
  EXPECT_THAT(refused, HasSubstr("nonsense: unknown key"));
  EXPECT_THAT(fetch(admin, "GET", "/metrics"), HasSubstr("sluice_connections{listener=\"public\"}"));
  EXPECT_THAT(fetch(admin, "POST", "/drain"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(gateway.end(), 0);
}

// More connections than descriptors: those that fit are served, the others wait in the kernel's queue, and
// nothing spins.
TEST(Descriptors, RunningOutOfThemIsSurvivedWithoutSpinning) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer opens a pipe to look at memory, and takes a failure for a bad object";
#endif
  Scratch scratch;
  Program gateway({"run", "-c", scratch.write("a.yaml", sound)}, {.descriptors = 48});
  auto at = gateway.address();
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 60; ++i) crowd.push_back(std::make_unique<Client>(at));
  EXPECT_TRUE(gateway.says("accept.failed listener=public error=\"Too many open files\""));
  auto before = gateway.processor_time();
  ::usleep(500'000);
  EXPECT_LT(gateway.processor_time() - before, std::chrono::milliseconds(100));
  crowd.clear();
  EXPECT_THAT(fetch(at, "GET", "/"), HasSubstr("200 OK"));
  EXPECT_EQ(gateway.end(SIGTERM), 0);
}

TEST(Echo, TellsWhatItGot) {
  Program echo({"echo", "--bind", "127.0.0.1:0", "--name", "e"});
  ASSERT_TRUE(echo.says("echo 'e' listens on "));
  auto text = echo.err();
  auto at = Scalar<config::Address>::parse(text.substr(20, text.find('\n') - 20)).value();
  Client client(at);
  auto answer = client.ask(
      "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX: 1\r\nX: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhi\r\n0\r\n\r\n",
      "}\n");
  EXPECT_THAT(answer, HasSubstr("\"target\": \"/a?b=c\""));
  EXPECT_THAT(answer, HasSubstr("\"body\": \"hi\""));
  EXPECT_THAT(client.ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", "ok\n"), HasSubstr("200 OK"));
  EXPECT_EQ(echo.end(SIGTERM), 0);
}

}  // namespace
}  // namespace sluice::server
