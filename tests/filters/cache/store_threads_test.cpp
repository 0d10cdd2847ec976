// The store under several workers at once; ThreadSanitizer looks on.
#include <random>

#include "filters/cache/crew.hpp"
#include "filters/cache/store_fixture.hpp"

namespace sluice::filters::cache {
namespace {

// Bytes that say where they are: any mix-up is seen.
std::string bytes_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2'654'435'761u >> 13);
  return text;
}
const std::string all_bytes = bytes_of(512 * 1024);

// A few turns of the worker's clock.
class Pause {
 public:
  explicit Pause(Timers& timers) noexcept : timers_(timers) {}
  Pause(const Pause&) = delete;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept {
    wake_.handle = h;
    alarm_.self = this;
    timers_.arm(alarm_, timers_.now() + 1ms,
                [](Timer& t) { RunQueue::current().push(static_cast<Alarm&>(t).self->wake_); });
  }
  void await_resume() const noexcept {}

 private:
  struct Alarm : Timer {
    Pause* self = nullptr;
  };
  Timers& timers_;
  Resumable wake_;
  Alarm alarm_;
};

// The first bytes of all_bytes, with a pause now and then.
class Slow final : public BodySource {
 public:
  Slow(Timers& timers, std::size_t size, bool fails) : timers_(timers), size_(size), fails_(fails) {}
  Eventual<Result<Chunk>> read(std::size_t max) override {
    if (++reads_ % 3 == 0) return later(max);
    return now(max);
  }

 private:
  Task<Result<Chunk>> later(std::size_t max) {
    Pause pause(timers_);
    co_await pause;
    co_return now(max);
  }
  Result<Chunk> now(std::size_t max) {
    auto n = std::min({max, std::size_t{20'000}, size_ - at_});
    if (fails_ && at_ + n == size_) return Error(Error::Kind::reset, Error::Side::upstream);
    Chunk chunk{{all_bytes.data() + at_, n}, at_ + n == size_, nullptr};
    at_ += n;
    return chunk;
  }
  Timers& timers_;
  const std::size_t size_;
  const bool fails_;
  std::size_t at_ = 0;
  int reads_ = 0;
};

struct Threads {
  static constexpr unsigned workers = 4;
  telemetry::Metrics metrics{workers};
  std::shared_ptr<CacheStore> store;
  Head none;
  Crew crew{workers};
  std::atomic<int> done{0}, leads{0}, read{0}, wrong{0}, broken{0};

  explicit Threads(CacheMemory memory = {}) : store(std::make_shared<CacheStore>(memory, workers, metrics)) {}
};

StoredPtr fill(Threads& t, Worker& worker, Lead& lead, std::uint64_t length, BodyPtr body) {
  SnapshotPin pin;
  return lead.fill(worker, StoredHead{.status = 200, .fields = t.none.fields, .length = length}, body, pin);
}

// Up to `most` bytes, which have to be the right ones.
Task<Unit> read(Threads& t, StoredPtr stored, Worker& worker, std::size_t most) {
  auto body = stored->reader(worker);
  if (!body) co_return Unit{};
  for (std::size_t at = 0; at < most;) {
    auto reading = body->read(30'000);
    auto chunk = co_await reading;
    if (!chunk) {
      ++t.broken;
      break;
    }
    std::string_view bytes(chunk->bytes.data(), chunk->bytes.size());
    t.wrong += bytes != std::string_view(all_bytes).substr(at, bytes.size());
    at += bytes.size();
    if (chunk->end) {
      ++t.read;
      break;
    }
  }
  co_return Unit{};
}

// ---- one key, everybody at once

Task<Unit> one_of_a_herd(Threads& t, Worker& worker, std::string_view url) {
  auto joining = t.store->join(worker, key_of(url), t.none.fields, worker.timers.now() + 60s, nullptr);
  auto turn = co_await joining;
  auto stored = turn ? turn->stored : nullptr;
  if (turn && turn->lead) {
    ++t.leads;
    Pause pause(worker.timers);
    co_await pause;
    stored =
        fill(t, worker, turn->lead, unknown_length, std::make_unique<Slow>(worker.timers, 100'000, false));
  }
  auto reading = read(t, std::move(stored), worker, ~std::size_t{0});
  co_await reading;
  ++t.done;
  co_return Unit{};
}

TEST(StoreThreads, AHerdAsksTheOriginOnce) {
  constexpr int each = 50, rounds = 10;
  Threads t;
  for (int round = 1; round <= rounds; ++round) {
    auto url = "https://a.example/" + std::to_string(round);
    for (unsigned w = 0; w < t.workers; ++w)
      t.crew.on(w, [&](kit::Loop& loop) {
        for (int i = 0; i < each; ++i) loop.background.spawn(one_of_a_herd(t, loop.worker, url));
      });
    ASSERT_TRUE(Crew::becomes([&] { return t.done == round * each * static_cast<int>(t.workers); }));
    EXPECT_EQ(t.leads, round);
  }
  EXPECT_EQ(t.read, t.done);
  EXPECT_EQ(t.wrong, 0);
}

Task<Unit> one_who_drops(Threads& t, Worker& worker) {
  auto joining =
      t.store->join(worker, key_of("https://a.example/x"), t.none.fields, worker.timers.now() + 60s, nullptr);
  auto turn = co_await joining;
  t.leads += turn && turn->lead;
  ++t.done;
  co_return Unit{};
}

TEST(StoreThreads, TheLeadGoesThroughAllWorkers) {
  constexpr int each = 100;
  Threads t;
  auto first = t.store->try_lead(key_of("https://a.example/x"), t.none.fields);
  for (unsigned w = 0; w < t.workers; ++w)
    t.crew.wait(w, [&](kit::Loop& loop) {
      for (int i = 0; i < each; ++i) loop.background.spawn(one_who_drops(t, loop.worker));
    });
  for (unsigned w = 0; w < t.workers; ++w) t.crew.wait(w, [](kit::Loop&) {});
  first = Lead();
  ASSERT_TRUE(Crew::becomes([&] { return t.done == each * static_cast<int>(t.workers); }));
  EXPECT_EQ(t.leads, t.done);
  EXPECT_TRUE(t.store->try_lead(key_of("https://a.example/x"), t.none.fields));
}

TEST(StoreThreads, WaitersDieWhileTheLeadIsPassedOn) {
  Threads t;
  std::string url = "https://a.example/x";
  for (int round = 0; round < 50; ++round) {
    auto first = t.store->try_lead(key_of(url), t.none.fields);
    ASSERT_TRUE(first);
    for (unsigned w = 0; w < t.workers; ++w)
      t.crew.wait(w, [&](kit::Loop& loop) {
        for (int i = 0; i < 5; ++i) loop.background.spawn(one_who_drops(t, loop.worker));
        loop.spin();
      });
    t.crew.on(1, [](kit::Loop& loop) { loop.background.cancel(); });
    first = Lead();
    t.crew.on(2, [](kit::Loop& loop) { loop.background.cancel(); });
    for (unsigned w = 0; w < t.workers; ++w)
      ASSERT_TRUE(Crew::becomes([&] {
        bool idle = false;
        t.crew.wait(w, [&](kit::Loop& loop) { idle = loop.background.empty(); });
        return idle;
      }));
    ASSERT_TRUE(Crew::becomes([&] { return bool(t.store->try_lead(key_of(url), t.none.fields)); }));
  }
}

// ---- all at once

class Client {
 public:
  Client(Threads& t, kit::Loop& loop, unsigned seed) : t_(t), worker_(loop.worker), random_(seed) {}

  static Task<Unit> run(std::unique_ptr<Client> client, int requests) {
    while (requests-- > 0) {
      auto asking = client->ask();
      co_await asking;
    }
    ++client->t_.done;
    co_return Unit{};
  }

 private:
  unsigned dice(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

  Task<Unit> ask() {
    auto url = "https://a.example/" + std::to_string(dice(30));
    auto key = key_of(url);
    auto stored = t_.store->find(key, t_.none.fields);
    if (!stored || dice(8) == 0) {
      auto until = worker_.timers.now() + std::chrono::milliseconds(1 + dice(50));
      auto joining = t_.store->join(worker_, key, t_.none.fields, until, stored);
      auto turn = co_await joining;
      if (!turn) co_return Unit{};
      if (turn->lead) {
        auto leading = lead(std::move(turn->lead), stored);
        stored = co_await leading;
      } else {
        stored = turn->stored;
      }
    }
    if (!stored) co_return Unit{};
    auto reading = read(t_, std::move(stored), worker_, dice(4) == 0 ? 1000 : ~std::size_t{0});
    co_await reading;
    co_return Unit{};
  }

  Task<StoredPtr> lead(Lead lead, StoredPtr seen) {
    if (dice(3) == 0) {
      Pause pause(worker_.timers);
      co_await pause;
    }
    switch (dice(8)) {
      case 0:
        co_return nullptr;  // dropped
      case 1:
        lead.release();
        co_return nullptr;
      case 2:
        if (!seen) co_return nullptr;
        co_return lead.refresh(seen, StoredHead{.status = 200, .fields = t_.none.fields});
      default:
        std::size_t size = dice(4) == 0 ? 400'000 : 1 + dice(90'000);
        auto body = std::make_unique<Slow>(worker_.timers, size, dice(6) == 0);
        auto length = dice(2) ? size : unknown_length;
        co_return fill(t_, worker_, lead, length, std::move(body));
    }
  }

  Threads& t_;
  Worker& worker_;
  std::mt19937 random_;
};

TEST(StoreThreads, EverythingAtOnceGivesNoWrongByte) {
  constexpr int clients = 8, requests = 60;
  Threads t({.size = mebibytes(2), .max_entry = kibibytes(200)});
  auto empty = t.store->bytes();
  for (unsigned w = 0; w < t.workers; ++w)
    t.crew.on(w, [&, w](kit::Loop& loop) {
      for (unsigned i = 0; i < clients; ++i)
        loop.background.spawn(Client::run(std::make_unique<Client>(t, loop, w * clients + i), requests));
    });
  std::mt19937 random(7);
  std::uint64_t most = 0;
  EXPECT_TRUE(Crew::becomes([&] {
    auto how = random() % 2 ? Purge::hard : Purge::soft;
    auto url = "https://a.example/" + std::to_string(random() % 30);
    if (random() % 50 == 0)
      t.store->purge_prefix(url, how);
    else
      t.store->purge_url(url, how);
    most = std::max(most, t.store->bytes());
    std::this_thread::sleep_for(1ms);
    return t.done == clients * static_cast<int>(t.workers);
  }));
  EXPECT_EQ(t.wrong, 0);
  EXPECT_GT(t.read, 100);
  EXPECT_LE(most, mebibytes(2).bytes);
  for (unsigned w = 0; w < t.workers; ++w)
    ASSERT_TRUE(Crew::becomes([&] {
      bool idle = false;
      t.crew.wait(w, [&](kit::Loop& loop) { idle = loop.background.empty(); });
      return idle;
    }));
  t.store->purge_prefix("", Purge::hard);
  EXPECT_EQ(t.store->entries(), 0u);
  EXPECT_EQ(t.store->bytes(), empty);
}

}  // namespace
}  // namespace sluice::filters::cache
