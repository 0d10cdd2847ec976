// Simulation: requests that come by chance to servers that answer by chance, in time that only the
// simulation moves. For what a policy does to those who wait.
//
//   Simulation simulation(set, rules, {.arrivals = 1000, .requests = 50'000});
//   simulation.servers[0].mean = 50ms;                     // the slow one
//   Report report = simulation.run();
//   EXPECT_LT(report.share(0), 0.05);
//
// A server works on so many requests at once, the others wait in line; how long it works on one is
// exponentially distributed. All of it repeats from the seed.
#pragma once
#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "upstream/balancer.hpp"

namespace sluice::upstream::testing {

struct Server {
  Duration mean = std::chrono::milliseconds(2);
  std::size_t at_once = 16;
};

struct Load {
  double arrivals = 1000;  // in a second
  int requests = 50'000;
  TimePoint begin = TimePoint(std::chrono::hours(1));
  std::uint64_t seed = 42;
};

struct Report {
  std::vector<Duration> took;        // of each request, sorted
  std::vector<std::size_t> sent;     // to each server
  std::vector<std::uint64_t> worst;  // the most in flight, of each server

  double share(std::size_t server) const {
    return static_cast<double>(sent[server]) / static_cast<double>(took.size());
  }
  double quantile(double q) const {  // in milliseconds
    auto at = static_cast<std::size_t>(q * static_cast<double>(took.size() - 1));
    return std::chrono::duration<double, std::milli>(took[at]).count();
  }
};

class Simulation {
 public:
  std::vector<Server> servers;
  std::function<Asked(Asked)> ask = [](Asked a) { return a; };  // adds a key, for example

  Simulation(EndpointSet::Ptr set, const BalanceRules& rules, const Load& load)
      : servers(set->size()),
        set_(set),
        balancer_(make_balancer(rules, set, 0, load.seed)),
        load_(load),
        random_(load.seed + 1),
        lines_(set->size()) {}

  Report run() {
    report_.sent.resize(servers.size());
    report_.worst.resize(servers.size());
    auto next = load_.begin;
    for (int left = load_.requests; left > 0; --left) {
      next += chance(Duration(static_cast<Duration::rep>(1e9 / load_.arrivals)));
      while (!running_.empty() && running_.top().ends <= next) finish();
      arrive(next);
    }
    while (!running_.empty()) finish();
    std::ranges::sort(report_.took);
    return std::move(report_);
  }

 private:
  struct Running {
    TimePoint ends, began;
    std::size_t server;
    bool operator>(const Running& o) const { return ends > o.ends; }
  };
  struct Line {
    std::size_t working = 0;
    std::deque<TimePoint> waiting;
  };

  Duration chance(Duration mean) {
    return Duration(
        static_cast<Duration::rep>(-std::log(1 - random_.share()) * static_cast<double>(mean.count())));
  }

  void arrive(TimePoint now) {
    auto walk = balancer_->walk(ask(Asked(now)));
    auto* endpoint = walk.next();
    auto server = place_of(endpoint);
    auto& local = endpoint->local(0);
    local.in_flight.add(1);
    ++report_.sent[server];
    report_.worst[server] = std::max(report_.worst[server], local.in_flight.value());
    auto& line = lines_[server];
    if (line.working < servers[server].at_once)
      work(server, now, now);
    else
      line.waiting.push_back(now);
  }

  void work(std::size_t server, TimePoint began, TimePoint now) {
    ++lines_[server].working;
    running_.push({now + chance(servers[server].mean), began, server});
  }

  void finish() {
    auto done = running_.top();
    running_.pop();
    auto& local = set_->members()[done.server].endpoint->local(0);
    local.in_flight.add(~std::uint64_t{0});
    local.latency.observe(done.ends - done.began, done.ends, true);
    report_.took.push_back(done.ends - done.began);
    auto& line = lines_[done.server];
    --line.working;
    if (line.waiting.empty()) return;
    work(done.server, line.waiting.front(), done.ends);
    line.waiting.pop_front();
  }

  std::size_t place_of(const Endpoint* endpoint) const {
    auto found = std::ranges::find(set_->members(), endpoint, [](auto& m) { return m.endpoint.get(); });
    return static_cast<std::size_t>(found - set_->members().begin());
  }

  EndpointSet::Ptr set_;
  BalancerPtr balancer_;
  Load load_;
  Random random_;
  std::vector<Line> lines_;
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
  Report report_;
};

}  // namespace sluice::upstream::testing
