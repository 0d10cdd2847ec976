// A cache behind a real gateway, in front of an origin that is a lambda; the clock is the test's.
//
//   says({{"Cache-Control", "max-age=60"}}, "body");
//   EXPECT_EQ(get("/a").body, "body");
//   EXPECT_EQ(get("/a").status_of_cache(), "sluice; hit; ttl=60");
//   EXPECT_EQ(asked.size(), 1u);                       // requests that reached the origin
#pragma once
#include <gmock/gmock.h>

#include <map>
#include <utility>

#include "filters/cache/cache.hpp"
#include "filters/cache/cache_store.hpp"
#include "filters/cache/settings.hpp"
#include "http/chars.hpp"
#include "proxy/gateway_fixture.hpp"

namespace sluice::filters::cache {

using namespace std::chrono_literals;
using proxy::testing::Call;
using proxy::testing::GatewayTest;
using proxy::testing::LambdaForwarding;
using Lines = std::vector<std::pair<std::string, std::string>>;

// What reached the origin, and what a client got.
struct Asked {
  std::string method, target;
  Lines fields;

  std::string get(std::string_view name) const { return value_in(fields, name); }
  static std::string value_in(const Lines& lines, std::string_view name) {
    for (auto& [key, value] : lines)
      if (http::same_name(key, name)) return value;
    return {};
  }
};
struct Got {
  std::uint16_t status = 0;
  Lines fields;
  std::string body;
  bool complete = false;

  std::string get(std::string_view name) const { return Asked::value_in(fields, name); }
  std::string told() const { return get("Cache-Status"); }
};

struct CacheTest : GatewayTest {
  struct Says {
    std::uint16_t status = 200;
    Lines fields;
    std::string body;
    BodyPtr stream = nullptr;     // instead of `body`
    const char* error = nullptr;  // no answer at all: a connection that failed
    bool waits = false;           // until answer_those_who_wait()
  };

  Settings settings;
  Keepsakes keepsakes;
  std::vector<std::shared_ptr<Background>> background;
  std::vector<std::string> errors;
  std::vector<Asked> asked;
  std::function<Says(Exchange&)> origin;
  std::vector<Resolver<Unit>> waiting;
  Principal who;  // as an identity filter would have found it

  // What is counted lives as long as whoever counts.
  ~CacheTest() override {
    loop.background.cancel();
    next.reset();
  }

  void says(Lines fields, std::string body, std::uint16_t status = 200) {
    origin = [=](Exchange&) { return Says{status, fields, body}; };
  }
  void breaks() {
    origin = [](Exchange&) { return Says{.error = "connect_refused"}; };
  }

  std::shared_ptr<const Filter> make(std::string_view policy = "kept") {
    FilterContext context{policy, 1, metrics, keepsakes, background, errors};
    return cache_filter().make(&settings, context);
  }
  std::shared_ptr<CacheStore> store() { return CacheStore::open(keepsakes, {}, 1, metrics); }
  static pipeline::Step step(std::shared_ptr<const Filter> filter) {
    return {std::move(filter), std::make_shared<std::atomic<Mode>>(Mode::enforce), OnError::refuse,
            Phase::cache, "kept"};
  }
  // Who asks, before the cache.
  pipeline::FilterChain chain(std::shared_ptr<const Filter> filter) {
    auto identify = std::make_shared<kit::LambdaFilter>([this](Exchange& x) -> Eventual<Verdict> {
      x.principal.merge(who);
      return Verdict::proceed;
    });
    pipeline::Step first{identify, std::make_shared<std::atomic<Mode>>(Mode::enforce), OnError::refuse,
                         Phase::identity, "who"};
    return pipeline::FilterChain({first, step(std::move(filter))});
  }

  // The route that all is served by, with the settings as they are now.
  void open() {
    if (opened_) return;
    opened_by_hand();
    auto& made = route("r", "/**", chain(make()));
    made.timeout = 30s;
    publish();
  }
  // The test makes its own routes.
  void opened_by_hand() {
    opened_ = true;
    forwarding.f = [this](Exchange& x, ResponseSink*) { return ask_origin(x); };
  }

  std::unique_ptr<Call> call(std::string_view method, std::string_view target, const Lines& fields = {}) {
    open();
    auto& kept = texts_.emplace_back(fields);
    auto& path = paths_.emplace_back(target);
    std::string_view all = path;
    auto mark = all.find('?');
    auto c = std::make_unique<Call>(*this, method, all.substr(0, mark));
    if (mark != all.npos) {
      c->x.request.has_query = true;
      c->x.request.query = all.substr(mark + 1);
    }
    for (auto& [name, value] : kept) c->x.request.fields.add(name, value);
    return c;
  }
  static Got got(const Call& c) { return {c.sink.status, c.sink.fields, c.sink.received, c.sink.complete}; }
  Got send(std::string_view method, std::string_view target, const Lines& fields = {}) {
    auto c = call(method, target, fields);
    c->go();
    return got(*c);
  }
  Got get(std::string_view target = "/a", const Lines& fields = {}) { return send("GET", target, fields); }

  void answer_those_who_wait() {
    for (auto& resolver : std::exchange(waiting, {})) resolver(Unit{});
    loop.spin();
  }
  std::string metric(const std::string& series) const {
    auto text = metrics.text();
    auto at = text.find("sluice_" + series + ' ');
    if (at == text.npos) return "none";
    at += series.size() + 8;
    return text.substr(at, text.find('\n', at) - at);
  }
  std::string count(const std::string& result) const {
    return metric("cache_requests_total{policy=\"kept\",result=\"" + result + "\"}");
  }

 private:
  Task<Result<Unit>> ask_origin(Exchange& x) {
    auto query = x.request.has_query ? "?" + std::string(x.request.query) : "";
    auto& a = asked.emplace_back(
        Asked{std::string(x.request.method_text), std::string(x.request.path) + query, {}});
    for (auto& f : x.request.fields) a.fields.emplace_back(f.name, f.value);
    auto said = origin(x);
    if (said.waits) {
      Waiter<Unit> waiter;
      waiting.push_back(waiter.resolver());
      auto go = co_await waiter;
      if (!go) co_return go.error();
    }
    if (said.error)
      co_return Error(Error::Kind::refused, Error::Side::upstream, said.error, Error::Retry::always);
    auto& r = x.response;
    r.status = said.status;
    x.timeline.connected = x.timeline.answered = x.worker.timers.now();
    for (auto& [name, value] : said.fields)
      r.fields.add(x.arena.copy(name), value.empty() ? std::string_view("", 0) : x.arena.copy(value));
    bool bodiless = x.request.method == Method::head || said.status == 304 || said.status == 204;
    if (said.stream) {
      r.length = unknown_length;
      r.body = std::move(said.stream);
    } else if (!said.body.empty()) {
      r.length = said.body.size();
      if (!bodiless) r.body = std::make_unique<MemoryBody>(std::move(said.body));
    }
    co_return Unit{};
  }

  std::deque<Lines> texts_;
  std::deque<std::string> paths_;
  bool opened_ = false;
};

}  // namespace sluice::filters::cache
