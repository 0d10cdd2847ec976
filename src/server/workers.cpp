#include "server/workers.hpp"

#include <latch>

#include "upstream/dns.hpp"
#include "upstream/fetch.hpp"

namespace sluice::server {

void Workers::start(unsigned count) {
  for (unsigned i = 0; i < count; ++i) threads_.push_back(std::make_unique<WorkerThread>(i, metrics_));
  threads_[0]->post([this](WorkerParts& w) {
    auto everywhere = [this](std::function<void(Worker&)> f) {
      tell([f = std::move(f)](WorkerParts& each) { f(each.reactor.worker()); });
    };
    w.upkeep.emplace(w.reactor, metrics_, everywhere, std::make_unique<upstream::Dns>(w.reactor));
    w.sources.emplace(w.reactor.worker(),
                      std::make_unique<upstream::HttpFetcher>(w.reactor, upstream::system_lookup(w.reactor)));
  });
}

void Workers::tell(const WorkerThread::Letter& letter) {
  for (auto& t : threads_) t->post(letter);
}

void Workers::tell_first(std::function<void(Worker&)> f) {
  threads_.front()->post([f = std::move(f)](WorkerParts& w) { f(w.reactor.worker()); });
}

void Workers::tell_upkeep(std::function<void(upstream::Upkeep&)> f) {
  threads_.front()->post([f = std::move(f)](WorkerParts& w) { f(*w.upkeep); });
}

void Workers::tell_and_wait(const WorkerThread::Letter& letter) {
  std::latch done(count());
  tell([&](WorkerParts& parts) {
    letter(parts);
    done.count_down();
  });
  done.wait();
}

void Workers::stop() {
  for (auto t = threads_.rbegin(); t != threads_.rend(); ++t) (*t)->stop();
}

Busy Workers::busy() {
  auto most = Busy::no;
  for (auto& t : threads_) most = std::max(most, t->was_busy());
  return most;
}

}  // namespace sluice::server
