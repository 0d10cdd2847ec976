#include "server/sources.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "kit/loop.hpp"
#include "server/admin/status.hpp"
#include "server/process.hpp"
#include "server/support/text_config.hpp"
#include "telemetry/log.hpp"

#include <nlohmann/json.hpp>

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NoFetcher final : public Fetcher {
 public:
  Task<Result<Fetched>> fetch(Fetch) override { co_return Error(Error::Kind::refused); }
};

// A source that does nothing but run.
class Clockwork final : public Background {
 public:
  explicit Clockwork(std::string name) : name_(std::move(name)) {}

  Task<Unit> run(Worker& worker, Fetcher&) override {
    ++begun;
    worker_index = worker.index;
    Running scope(*this);
    if (faults > 0) {
      --faults;
      throw std::runtime_error("broken wheel");
    }
    Waiter<Unit> forever;
    auto resolver = forever.resolver();
    (void)co_await forever;
    co_return Unit{};
  }
  SourceStatus status() const override {
    SourceStatus status;
    status.kind = "clockwork";
    status.name = name_;
    status.usable = usable;
    status.error = usable ? "" : "no spring";
    status.loaded = loaded;
    status.items = 3;
    return status;
  }

  std::atomic<int> begun = 0, running = 0, faults = 0;
  std::atomic<unsigned> worker_index = 99;
  bool usable = true;
  std::optional<WallPoint> loaded;

 private:
  struct Running {
    Clockwork& of;
    explicit Running(Clockwork& c) noexcept : of(c) { ++of.running; }
    ~Running() { --of.running; }
  };
  std::string name_;
};

using Backgrounds = std::vector<std::shared_ptr<Background>>;

struct SourcesTest : ::testing::Test {
  kit::Loop loop;
  std::optional<Sources> sources{std::in_place, loop.worker, std::make_unique<NoFetcher>()};
  std::shared_ptr<Clockwork> one = std::make_shared<Clockwork>("one"),
                             two = std::make_shared<Clockwork>("two");

  void follow(const Backgrounds& list) {
    sources->follow(list);
    loop.spin();
  }
};

TEST_F(SourcesTest, WhatIsNamedRunsOnceAndWhatIsNotEnds) {
  follow({one, one});
  EXPECT_EQ(one->begun, 1);
  follow({two, one});
  EXPECT_EQ(one->begun, 1) << "goes on";
  EXPECT_EQ(two->running, 1);
  follow({two});
  EXPECT_EQ(one->running, 0);
  EXPECT_EQ(two->begun, 1);
  follow({one});
  EXPECT_EQ(one->begun, 2);
  EXPECT_EQ(two->running, 0);
}

TEST_F(SourcesTest, TheirEndIsTheirs) {
  follow({one});
  sources.reset();
  EXPECT_EQ(one->running, 0);
  EXPECT_EQ(one.use_count(), 1);
}

TEST_F(SourcesTest, AFaultIsLoggedAndTheSourceBeginsAnew) {
  std::ostringstream text;
  log::Redirect redirect(text);
  one->faults = 2;
  follow({one});
  EXPECT_EQ(one->running, 0);
  loop.advance(1s);
  EXPECT_EQ(one->begun, 2);
  loop.advance(1s);
  EXPECT_EQ(one->begun, 3);
  EXPECT_EQ(one->running, 1);
  EXPECT_THAT(text.str(), HasSubstr("source.fault"));
  EXPECT_THAT(text.str(), HasSubstr("broken wheel"));
}

TEST(SourceLevels, OneNameIsOneSeriesThatIsAsBadAsTheWorst) {
  auto good = std::make_shared<Clockwork>("same"), bad = std::make_shared<Clockwork>("same"),
       other = std::make_shared<Clockwork>("other");
  auto now = wall_now();
  good->loaded = now;
  bad->loaded = now - 1h;
  bad->usable = false;
  auto levels = levels_of({good, other, bad, good});
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].name, "same");
  EXPECT_FALSE(levels[0].usable);
  EXPECT_EQ(levels[0].loaded, now - 1h);
  EXPECT_TRUE(levels[1].usable);
  EXPECT_FALSE(levels[1].loaded);
}

// ---- in a process

// A filter that has a clockwork run, one for each name.
struct Wound {
  std::string name;
  static const Schema& schema() {
    static const Schema s = describe<Wound>("Wound up.").member("name", &Wound::name, "Its name.");
    return s;
  }
};
class Winding final : public Filter {
 public:
  using Settings = Wound;
  static Phase phase(const Wound&) noexcept { return Phase::edge; }
  static inline std::shared_ptr<Clockwork> last;

  Winding(const Wound& settings, FilterContext& context) {
    last = context.keepsakes.keep<Clockwork>(settings.name,
                                             [&] { return std::make_shared<Clockwork>(settings.name); });
    context.background.push_back(last);
  }
  Eventual<Verdict> on_request(Exchange&) const override { return Verdict::proceed; }
};

class SourcesOfAProcess : public ::testing::Test {
 protected:
  ~SourcesOfAProcess() override { Winding::last.reset(); }

  static std::string config_text(const std::string& policies) {
    return "version: 1\nworkers: 2\ntelemetry: { access_log: off }\n"
           "listeners: { public: { bind: \"127.0.0.1:0\" } }\n"
           "policies: { " +
           policies + " }\nroutes: { all: { match: \"/**\", use: [a, b], respond: { status: 204 } } }\n";
  }
  void start(const std::string& policies) {
    auto started = Process::start(testing::config_of(config_text(policies), schemas_), kinds_);
    ASSERT_TRUE(started) << started.failure();
    process_ = std::move(*started);
  }
  static bool comes_to(const std::atomic<int>& count, int wanted) {
    for (int i = 0; i < 1000 && count != wanted; ++i) ::usleep(5000);
    return count == wanted;
  }

  const std::array<FilterKind, 1> kinds_ = {
      filter_kind<Winding>("wind", {.decides = true, .repeatable = true})};
  const std::array<FilterSchema, 1> schemas_ = {kinds_[0].schema};
  std::ostringstream log_text_;
  log::Redirect log_{log_text_};
  std::unique_ptr<Process> process_;
};

TEST_F(SourcesOfAProcess, ABuildStartsNothing) {
  telemetry::Metrics metrics(1);
  upstream::Registry endpoints(metrics, 1, [](auto) {});
  Registries registries(metrics, endpoints, kinds_);
  auto config =
      testing::config_of(config_text("a: { wind: { name: x } }, b: { wind: { name: x } }"), schemas_);
  auto built = build(*config, registries, wall_now());
  ASSERT_TRUE(built.built);
  EXPECT_EQ(built.built->background.size(), 2u);
  EXPECT_EQ(Winding::last->begun, 0);
}

TEST_F(SourcesOfAProcess, APublishRunsThemOnWorkerZeroAndAReloadKeepsThem) {
  start("a: { wind: { name: x } }, b: { wind: { name: x } }");
  auto x = Winding::last;
  ASSERT_TRUE(comes_to(x->running, 1));
  EXPECT_EQ(x->worker_index, 0u);
  auto reload = [&](const std::string& policies) {
    return process_->reload(testing::load_text(config_text(policies), schemas_)).taken;
  };
  ASSERT_TRUE(reload("a: { wind: { name: x } }, b: { wind: { name: y } }"));
  EXPECT_TRUE(comes_to(Winding::last->running, 1));
  EXPECT_EQ(x->begun, 1);
  EXPECT_FALSE(process_->reload(testing::load_text("version: 1\nrouts: {}\n", schemas_)).taken);
  EXPECT_EQ(x->running, 1) << "a refused file ends nothing";
  ASSERT_TRUE(reload("a: { wind: { name: y } }, b: { wind: { name: y } }"));
  EXPECT_TRUE(comes_to(x->running, 0));
  auto y = Winding::last;
  process_.reset();
  EXPECT_EQ(y->running, 0);
}

TEST_F(SourcesOfAProcess, StatusAndMetricsTellOfThem) {
  start("a: { wind: { name: x } }, b: { wind: { name: x } }");
  Winding::last->loaded = WallPoint(1'000'000'000s);
  auto json = status_document(process_->standing(), {}, WallPoint(1'000'000'002500ms));
  EXPECT_EQ(json["sources"].dump(), R"([{"kind":"clockwork","name":"x","usable":true,"items":3,)"
                                    R"("loaded":"2001-09-09T01:46:40Z","age_seconds":2.5}])");
  EXPECT_THAT(process_->metrics().text(),
              HasSubstr("sluice_source_usable{kind=\"clockwork\",name=\"x\"} 1\n"));
  EXPECT_THAT(process_->metrics().text(),
              HasSubstr("sluice_source_age_seconds{kind=\"clockwork\",name=\"x\"} "));
  Winding::last->usable = false;
  json = status_document(process_->standing(), {}, wall_now());
  EXPECT_EQ(json["sources"][0]["error"], "no spring");
  EXPECT_THAT(process_->metrics().text(),
              HasSubstr("sluice_source_usable{kind=\"clockwork\",name=\"x\"} 0\n"));
}

}  // namespace
}  // namespace sluice::server
