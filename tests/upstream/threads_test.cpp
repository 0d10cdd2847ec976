// Two workers send requests while discovery changes the set under them, checks flip health and reloads
// replace the upstream: for ThreadSanitizer, and to see that all that was opened is closed.
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "net/memory_transport.hpp"
#include "telemetry/log.hpp"
#include "upstream/sleep.hpp"
#include "upstream/status.hpp"
#include "upstream/upkeep.hpp"

using namespace sluice;
using namespace sluice::upstream;
using namespace std::chrono_literals;

namespace {

// A worker with its connections, on a thread of its own.
struct Hand {
  net::Reactor reactor;
  std::optional<Connections> connections;
  std::atomic<unsigned> leases = 0;
  std::jthread thread;

  explicit Hand(unsigned index) : reactor(index) {}
  void start(Dialler dialler) {
    connections.emplace(reactor, std::move(dialler));
    thread = std::jthread([this] { reactor.run(); });
  }
  // Runs it there and waits for its end.
  void call(std::function<void()> f) {
    std::atomic<bool> done = false;
    reactor.mailbox().post([&] {
      f();
      done = true;
      done.notify_one();
    });
    done.wait(false);
  }
};

struct Team {
  telemetry::Metrics metrics{2};
  Hand hands[2] = {Hand(0), Hand(1)};
  std::atomic<unsigned> dials = 0, lookups = 0, retired = 0;
  Registry registry{metrics, 2, [this](std::shared_ptr<Endpoint> gone) {
                      ++retired;
                      for (auto& h : hands)
                        h.reactor.mailbox().post([&h, gone] { h.connections->retire(*gone); });
                    }};
  std::optional<Upkeep> upkeep;
  std::shared_ptr<Upstream> upstream;  // what the workers use; read and replaced under the mutex
  std::mutex mutex;

  std::shared_ptr<Upstream> current() {
    std::lock_guard lock(mutex);
    return upstream;
  }
  void publish(std::shared_ptr<Upstream> next) {
    hands[0].call([&] { upkeep->follow({next}); });
    std::lock_guard lock(mutex);
    upstream.swap(next);
  }

  Task<Dialled> dial(net::Reactor& reactor, DialTarget) {
    if (++dials % 4 == 0)
      co_return Error(Error::Kind::refused, Error::Side::upstream, "connect_refused", Error::Retry::always);
    net::MemoryWire wire;
    co_return std::make_unique<net::Stream>(reactor, wire.near(), net::FlushSide::upstream);
  }
  struct Names final : NameService {
    explicit Names(Team& t) : team(t) {}
    Task<Result<DnsAnswer<IpAddress>>> addresses(std::string, Servers) override {
      auto n = ++team.lookups;
      if (n % 3 == 0) co_return Error(Error::Kind::unavailable, Error::Side::upstream, "dns_failed");
      DnsAnswer<IpAddress> some;
      for (unsigned i = 0; i < 4; ++i) some.items.push_back(IpAddress::v4(0x0a000000 + (n + i) % 7));
      co_return some;
    }
    Task<Result<DnsAnswer<Service>>> services(std::string, Servers) override { co_return Error(); }
    Team& team;
  };
  Task<Unit> traffic(Hand& hand) {
    for (;;) {
      auto users = current();
      auto walk = users->walk(hand.reactor.worker());
      while (auto* endpoint = walk.next()) {
        auto leasing = hand.connections->lease(*endpoint, users->connecting(), TimePoint::max());
        auto lease = co_await leasing;
        if (!lease) continue;
        ++hand.leases;
        Sleep sleep(hand.reactor.timers(), hand.reactor.now() + 1ms);
        co_await sleep;
        break;
      }
      Sleep sleep(hand.reactor.timers(), hand.reactor.now() + 1ms);
      co_await sleep;
    }
  }
};

}  // namespace

TEST(Threads, WorkersGoOnWhileEndpointsHealthAndSettingsChange) {
  std::ostringstream logged;
  telemetry::log::Redirect redirect(logged);
  Team team;
  config::Upstream settings;
  settings.discover.emplace();
  settings.discover->dns = "users.internal";
  settings.discover->port = 8080;
  settings.discover->refresh = 4ms;
  settings.health.emplace().type = config::HealthType::tcp;
  settings.health->interval = 4ms;
  settings.health->rise = 1;
  settings.health->fall = 1;
  Dialler dialler = [&](net::Reactor& r, DialTarget t, TimePoint) { return team.dial(r, std::move(t)); };
  for (auto& h : team.hands) h.start(dialler);
  team.hands[0].call([&] {
    team.upkeep.emplace(
        team.hands[0].reactor, team.metrics,
        [&](std::function<void(Worker&)> f) {
          for (auto& h : team.hands) h.reactor.mailbox().post([&h, f] { f(h.reactor.worker()); });
        },
        std::make_unique<Team::Names>(team), dialler);
  });
  auto build = [&] { return std::make_shared<Upstream>("users", settings, team.registry, nullptr); };
  team.publish(build());
  for (auto& h : team.hands) h.call([&] { h.reactor.background().spawn(team.traffic(h)); });

  for (auto end = Clock::now() + 10s; Clock::now() < end;) {
    settings.balance = settings.balance.policy() == config::Balance::random ? config::Balance::least_request
                                                                            : config::Balance::random;
    team.publish(build());
    EXPECT_LE(status_of(*team.current()).endpoints.size(), 4u);
    std::this_thread::sleep_for(2ms);
    if (team.hands[0].leases > 100 && team.hands[1].leases > 100 && team.retired > 20) break;
  }

  for (auto& h : team.hands) h.call([&] { h.reactor.background().cancel(); });
  team.hands[0].call([&] { team.upkeep.reset(); });
  EXPECT_GT(team.hands[0].leases, 100u);
  EXPECT_GT(team.hands[1].leases, 100u);
  EXPECT_GT(team.retired, 20u);
  for (auto& e : team.current()->endpoints()->members()) {
    EXPECT_EQ(e.endpoint->connections(), 0u);
    EXPECT_EQ(e.endpoint->in_flight(), 0u);
  }
  for (auto& h : team.hands) {
    h.reactor.stop();
    h.thread.join();
  }
}
