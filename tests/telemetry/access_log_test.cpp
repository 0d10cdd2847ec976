#include "telemetry/access_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "telemetry/log.hpp"
#include "telemetry/request_id.hpp"
#include "telemetry/sample_record.hpp"
#include "telemetry/scratch.hpp"

namespace sluice::telemetry {
namespace {

using namespace std::chrono_literals;

constexpr const char* behind = R"(sluice_access_log_dropped_total{cause="behind"})";
constexpr const char* unwritten = R"(sluice_access_log_dropped_total{cause="write"})";

std::unique_ptr<AccessLog> opened(const AccessLogOptions& options, Metrics& metrics,
                                  std::size_t workers = 1) {
  auto log = AccessLog::open(options, workers, metrics);
  EXPECT_TRUE(log);
  return log ? std::move(*log) : nullptr;
}

class AccessLogTest : public testing::Test {
 protected:
  AccessLogOptions options(const char* name = "access.log") {
    return {.path = scratch_ / name, .pages = 64, .flush = 1ms, .grace = 50ms};
  }

  Scratch scratch_;
  Metrics metrics_{4};
};

TEST_F(AccessLogTest, WritesALineWithoutBeingAsked) {
  auto log = opened(options(), metrics_);
  log->worker(0).write(sample_record());
  EXPECT_TRUE(eventually([&] { return lines_in(contents(scratch_ / "access.log")) == 1; }));
}

TEST_F(AccessLogTest, MakesAFileThatOthersCannotRead) {
  auto log = opened(options(), metrics_);
  struct stat status {};
  ASSERT_EQ(stat((scratch_ / "access.log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0007, 0u);
}

TEST_F(AccessLogTest, AppendsToWhatIsThere) {
  std::ofstream(scratch_ / "access.log") << "before\n";
  opened(options(), metrics_)->worker(0).write(sample_record());
  auto text = contents(scratch_ / "access.log");
  EXPECT_TRUE(text.starts_with("before\n{"));
  EXPECT_EQ(lines_in(text), 2u);
}

TEST_F(AccessLogTest, LosesNothingAtItsEnd) {
  constexpr std::size_t each = 5000;
  auto chosen = options();
  chosen.flush = 1h;
  auto log = opened(chosen, metrics_, 4);
  std::vector<std::thread> workers;
  for (std::size_t w = 0; w < 4; ++w)
    workers.emplace_back([&, w] {
      auto record = sample_record();
      for (std::size_t i = 0; i < each; ++i) {
        auto id = std::to_string(w) + "-" + std::to_string(i);
        record.request_id = id;
        log->worker(w).write(record);
      }
    });
  for (auto& worker : workers) worker.join();
  log.reset();
  std::set<std::string> ids;
  std::istringstream lines(contents(scratch_ / "access.log"));
  for (std::string line; std::getline(lines, line);) ids.insert(nlohmann::json::parse(line)["request_id"]);
  EXPECT_EQ(ids.size(), 4 * each);
  EXPECT_EQ(sample(metrics_, behind), 0);
}

TEST_F(AccessLogTest, FollowsARotation) {
  auto log = opened(options(), metrics_);
  auto record = sample_record();
  record.path = "/before";
  log->worker(0).write(record);
  std::filesystem::rename(scratch_ / "access.log", scratch_ / "access.log.1");
  log->reopen();
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(scratch_ / "access.log"); }));
  record.path = "/after";
  log->worker(0).write(record);
  log.reset();
  EXPECT_NE(contents(scratch_ / "access.log.1").find("/before"), std::string::npos);
  EXPECT_NE(contents(scratch_ / "access.log").find("/after"), std::string::npos);
  EXPECT_EQ(lines_in(contents(scratch_ / "access.log")), 1u);
}

TEST_F(AccessLogTest, KeepsTheOldFileWhenTheNewOneCannotBeOpened) {
  std::ostringstream said;
  log::Redirect redirect(said);
  std::filesystem::create_directory(scratch_ / "logs");
  auto log = opened(options("logs/access.log"), metrics_);
  std::filesystem::rename(scratch_ / "logs", scratch_ / "moved");
  log->reopen();
  log.reset();
  EXPECT_NE(said.str().find("access_log.reopen"), std::string::npos);
  EXPECT_NE(said.str().find("No such file or directory"), std::string::npos);
}

TEST_F(AccessLogTest, SaysWhyItCannotOpen) {
  std::ostringstream said;
  log::Redirect redirect(said);
  auto log = AccessLog::open({.path = scratch_ / "absent/access.log"}, 1, metrics_);
  ASSERT_FALSE(log);
  EXPECT_STREQ(log.error().cause, "access_log_open");
  EXPECT_NE(said.str().find("absent/access.log"), std::string::npos);
  EXPECT_NE(said.str().find("No such file or directory"), std::string::npos);
}

// A FIFO that is open for reading, but that nobody reads until the test does.
class Fifo {
 public:
  explicit Fifo(const std::string& path) {
    mkfifo(path.c_str(), 0600);
    reader_ = open(path.c_str(), O_RDWR | O_NONBLOCK);
  }
  ~Fifo() { close(reader_); }

  std::string read() {
    std::string text(1 << 16, '\0');
    auto n = ::read(reader_, text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }

 private:
  int reader_;
};

TEST_F(AccessLogTest, DropsAndCountsWhenTheReaderIsStuckThenGoesOn) {
  constexpr std::size_t all = 2000;
  Fifo fifo(scratch_ / "fifo");
  auto chosen = options("fifo");
  chosen.pages = 2;
  chosen.grace = 10s;
  auto log = opened(chosen, metrics_);
  for (std::size_t i = 0; i < all; ++i) log->worker(0).write(sample_record());
  auto dropped = sample(metrics_, behind);
  EXPECT_GT(dropped, 0);
  EXPECT_LT(dropped, all);

  std::string received;
  std::atomic<bool> closed{false};
  std::thread closer([&] {
    log.reset();
    closed = true;
  });
  while (!closed) received += fifo.read();
  closer.join();
  received += fifo.read();
  EXPECT_EQ(static_cast<double>(lines_in(received)) + sample(metrics_, behind), all);
  std::istringstream lines(received);
  for (std::string line; std::getline(lines, line);) ASSERT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST_F(AccessLogTest, EndsThoughNobodyReadsAndCountsWhatItLost) {
  constexpr std::size_t all = 2000;
  Fifo fifo(scratch_ / "fifo");
  auto log = opened(options("fifo"), metrics_);
  for (std::size_t i = 0; i < all; ++i) log->worker(0).write(sample_record());
  auto begin = Clock::now();
  log.reset();
  EXPECT_LT(Clock::now() - begin, 5s);
  std::size_t received = 0;
  for (auto text = fifo.read(); !text.empty(); text = fifo.read()) received += lines_in(text);
  EXPECT_EQ(static_cast<double>(received) + sample(metrics_, unwritten) + sample(metrics_, behind), all);
}

TEST_F(AccessLogTest, CountsWhatAFullDiskRefuses) {
  std::ostringstream said;
  log::Redirect redirect(said);
  AccessLogOptions chosen = options();
  chosen.path = "/dev/full";
  opened(chosen, metrics_)->worker(0).write(sample_record());
  EXPECT_EQ(sample(metrics_, unwritten), 1);
  EXPECT_NE(said.str().find("access_log.write path=/dev/full error=\"No space left on device\""),
            std::string::npos)
      << said.str();
}

TEST_F(AccessLogTest, SurvivesAReaderThatLeft) {
  std::ostringstream said;
  log::Redirect redirect(said);
  auto fifo = std::make_unique<Fifo>(scratch_ / "fifo");
  auto log = opened(options("fifo"), metrics_);
  fifo.reset();
  log->worker(0).write(sample_record());
  EXPECT_TRUE(eventually([&] { return sample(metrics_, unwritten) == 1; }));
}

std::set<std::string> chosen_by(const std::string& path, double sample, Metrics& metrics) {
  auto log = opened({.path = path, .sample = sample, .pages = 256}, metrics);
  RequestIds ids({1, 2, 3, 4});
  auto record = sample_record();
  for (int i = 0; i < 20'000; ++i) {
    std::array<char, RequestIds::size> id;
    ids.write(WallPoint{1'700'000'000s + i * 1ms}, id.data());
    record.request_id = {id.data(), id.size()};
    log->worker(0).write(record);
  }
  log.reset();
  std::set<std::string> chosen;
  std::istringstream lines(contents(path));
  for (std::string line; std::getline(lines, line);) chosen.insert(nlohmann::json::parse(line)["request_id"]);
  return chosen;
}

TEST_F(AccessLogTest, SamplesByRequestIdTheSameEverywhere) {
  auto one = chosen_by(scratch_ / "one", 0.1, metrics_);
  auto two = chosen_by(scratch_ / "two", 0.1, metrics_);
  EXPECT_NEAR(static_cast<double>(one.size()), 2000, 200);
  EXPECT_EQ(one, two);
  auto more = chosen_by(scratch_ / "more", 0.2, metrics_);
  EXPECT_TRUE(std::includes(more.begin(), more.end(), one.begin(), one.end()));
}

TEST_F(AccessLogTest, SamplesNothingAtZero) {
  EXPECT_TRUE(chosen_by(scratch_ / "none", 0, metrics_).empty());
}

}  // namespace
}  // namespace sluice::telemetry
