// A store with one worker, and what goes into it and comes out.
//
//   Storing s;
//   s.put("https://a/x", "body");
//   EXPECT_EQ(s.text_of(s.find("https://a/x")), "body");
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "filters/cache/cache_store.hpp"
#include "filters/cache/cache_tags.hpp"
#include "filters/cache/vary.hpp"
#include "kit/bodies.hpp"
#include "kit/loop.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::filters::cache {

using namespace std::chrono_literals;

using Lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// The fields of a head.
struct Head {
  Head(Lines lines = {}) {
    for (auto& [name, value] : lines) fields.add(name, value);
  }
  Head(const Head&) = delete;
  Arena arena;
  Fields fields{arena};
};

// What a reader was given, until its end or its error. Reads for as long as it lives.
class Reading {
 public:
  explicit Reading(BodyPtr body, std::size_t at_once = 64 * 1024) : body_(std::move(body)) {
    scope_.spawn(read(at_once));
  }
  Reading(const Reading&) = delete;

  std::string text;
  bool ended = false;
  std::optional<Error> error;

 private:
  Task<Unit> read(std::size_t at_once) {
    while (!ended) {
      auto reading = body_->read(at_once);
      auto chunk = co_await reading;
      if (!chunk) {
        error = chunk.error();
        break;
      }
      text.append(chunk->bytes.data(), chunk->bytes.size());
      ended = chunk->end;
    }
    co_return Unit{};
  }

  BodyPtr body_;
  Scope scope_;  // dies first
};

// A request that joined, and what became of it.
class Joining {
 public:
  Joining(CacheStore& store, Worker& worker, CacheKey key, const Fields& request, TimePoint until,
          StoredPtr seen = nullptr) {
    scope_.spawn(join(store, worker, key, request, until, std::move(seen)));
  }
  Joining(const Joining&) = delete;

  std::optional<Result<Turn>> turn;  // absent: it waits
  bool leads() const { return turn && *turn && (*turn)->lead; }
  StoredPtr stored() const { return turn && *turn ? (*turn)->stored : nullptr; }
  Lead& lead() { return (*turn)->lead; }
  void leave() { scope_.cancel(); }

 private:
  Task<Unit> join(CacheStore& store, Worker& worker, CacheKey key, const Fields& request, TimePoint until,
                  StoredPtr seen) {
    auto joining = store.join(worker, key, request, until, std::move(seen));
    turn.emplace(co_await joining);
    co_return Unit{};
  }
  Scope scope_;
};

inline CacheKey key_of(std::string_view url) {
  return {url, url.size()};
}

struct Answer {
  std::uint16_t status = 200;
  std::uint64_t length = unknown_length;
};

struct Storing {
  explicit Storing(CacheMemory settings = {}) : store(std::make_shared<CacheStore>(settings, 1, metrics)) {}

  kit::Loop loop;
  telemetry::Metrics metrics{1};
  std::shared_ptr<CacheStore> store;

  Worker& worker() { return loop.worker; }
  TimePoint soon() { return loop.timers.now() + 1s; }

  StoredPtr find(CacheKey key, const Head& request = {}) { return store->find(key, request.fields); }
  StoredPtr find(std::string_view url, const Head& request = {}) { return find(key_of(url), request); }

  StoredPtr fill(Lead& lead, const Head& head, std::uint64_t length, BodyPtr body, const Head& request = {}) {
    SnapshotPin pin;
    auto variant = variant_of(read_vary(200, head.fields), request.fields);
    auto tags = cache_tags(head.fields);
    StoredHead stored{.fields = head.fields};
    stored.status = 200;
    stored.length = length;
    stored.variant = variant;
    stored.received = loop.timers.now();
    stored.tags = tags;
    return lead.fill(worker(), stored, body, pin);
  }
  // As an origin's answer of known length; stored to its end.
  StoredPtr put(CacheKey key, std::string body, const Head& head = {}, const Head& request = {}) {
    auto lead = store->try_lead(key, request.fields);
    if (!lead) return nullptr;
    auto size = body.size();
    auto stored = fill(lead, head, size, std::make_unique<MemoryBody>(std::move(body)), request);
    loop.spin();
    return stored;
  }
  StoredPtr put(std::string_view url, std::string body, const Head& head = {}, const Head& request = {}) {
    return put(key_of(url), std::move(body), head, request);
  }
  // From a pipe that the test feeds.
  StoredPtr begin(std::string_view url, kit::Pipe& pipe, std::uint64_t length = unknown_length,
                  const Head& head = {}, const Head& request = {}) {
    auto lead = store->try_lead(key_of(url), request.fields);
    if (!lead) return nullptr;
    auto stored = fill(lead, head, length, pipe.body(), request);
    loop.spin();
    return stored;
  }

  // Of a metric without labels; -1: there is none.
  double level(std::string_view name) {
    auto page = "\n" + metrics.text();
    auto line = "\n" + std::string(name) + " ";
    auto at = page.find(line);
    return at == std::string::npos ? -1 : std::stod(page.substr(at + line.size()));
  }

  std::string text_of(const StoredPtr& stored) {
    if (!stored) return "(none)";
    auto body = stored->reader(worker());
    if (!body) return "(gone)";
    Reading reading(std::move(body));
    loop.spin();
    if (reading.error) return "(error)";
    return reading.ended ? reading.text : "(waits)";
  }
};

}  // namespace sluice::filters::cache
