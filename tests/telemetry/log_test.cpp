#include "telemetry/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "telemetry/scratch.hpp"

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

std::string said(log::Format format, auto speak) {
  std::ostringstream out;
  log::Redirect redirect(out, format);
  speak();
  return out.str();
}

// Without the time that the line begins with.
std::string text(auto speak) {
  return said(log::Format::text, speak).substr(sizeof "2023-11-14T22:13:20.123Z");
}
nlohmann::json json(auto speak) {
  return nlohmann::json::parse(said(log::Format::json, speak));
}

TEST(Log, WritesTextForPeople) {
  EXPECT_EQ(text([] {
              log::warn("upstream.unhealthy", {{"upstream", "users"}, {"failures", 3}, {"up", false}});
            }),
            "warning upstream.unhealthy upstream=users failures=3 up=false\n");
}

TEST(Log, QuotesWhatCouldBeMisread) {
  EXPECT_EQ(text([] {
              log::info("x", {{"a", "b c"}, {"d", ""}, {"e", "f=g"}, {"h", "i\n\x1b[31m\""}});
            }),
            "info    x a=\"b c\" d=\"\" e=\"f=g\" h=\"i\\n\\u001b[31m\\\"\"\n");
}

TEST(Log, WritesJsonForMachines) {
  auto line = json([] {
    log::error("tls.handshake", {{"listener", std::string("public")},
                                 {"took", 1500ms},
                                 {"bytes", ~std::uint64_t{0}},
                                 {"ratio", 0.5},
                                 {"text", "\xFF\""}});
  });
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["event"], "tls.handshake");
  EXPECT_EQ(line["listener"], "public");
  EXPECT_EQ(line["took"], 1.5);
  EXPECT_EQ(line["bytes"], ~std::uint64_t{0});
  EXPECT_EQ(line["ratio"], 0.5);
  EXPECT_EQ(line["text"], "\xEF\xBF\xBD\"");
  EXPECT_EQ(line["time"].get<std::string>().size(), sizeof "2023-11-14T22:13:20.123Z" - 1);
}

TEST(Log, HoldsBackWhatIsBelowItsLevel) {
  std::ostringstream out;
  log::Redirect redirect(out, log::Format::text, log::Level::warn);
  log::debug("a");
  log::info("b");
  EXPECT_EQ(out.str(), "");
  log::warn("c");
  EXPECT_EQ(lines_in(out.str()), 1u);
}

TEST(Log, LetsOneLineOfAFloodThrough) {
  log::Throttle throttle{1s};
  TimePoint now{1h};
  auto lines = said(log::Format::text, [&] {
    for (int i = 0; i < 100; ++i) log::warn(throttle, now + i * 10ms, "accept.failed", {{"error", "EMFILE"}});
    log::warn(throttle, now + 1s, "accept.failed", {{"error", "EMFILE"}});
  });
  EXPECT_EQ(lines_in(lines), 2u);
  EXPECT_NE(lines.find("accept.failed error=EMFILE suppressed=99\n"), std::string::npos) << lines;
}

TEST(Log, GoesToAFileAndFollowsItsRotation) {
  Scratch scratch;
  ASSERT_TRUE(log::configure({.path = scratch / "log"}));
  log::info("before");
  std::filesystem::rename(scratch / "log", scratch / "log.1");
  ASSERT_TRUE(log::reopen());
  log::info("after");
  log::configure({});
  EXPECT_NE(contents(scratch / "log.1").find("before"), std::string::npos);
  EXPECT_NE(contents(scratch / "log").find("after"), std::string::npos);
  EXPECT_EQ(contents(scratch / "log").find("\x1b"), std::string::npos) << "colour";
}

TEST(Log, StaysAsItWasWhenTheFileCannotBeOpened) {
  std::ostringstream out;
  log::Redirect redirect(out);
  EXPECT_FALSE(log::configure({.level = log::Level::error, .path = "/proc/absent/log"}));
  log::debug("still here");
  EXPECT_NE(out.str().find("still here"), std::string::npos);
}

TEST(Log, TakesLinesFromManyThreads) {
  std::ostringstream out;
  log::Redirect redirect(out);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) log::info("x", {{"i", i}});
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines_in(out.str()), 2000u);
}

}  // namespace
}  // namespace sluice::telemetry
