#include "filters/cache/refresh.hpp"

#include "filters/cache/errand.hpp"
#include "pipeline/detached.hpp"

namespace sluice::filters::cache {
namespace {

using pipeline::Detached;

class Place {
 public:
  explicit Place(unsigned& taken) noexcept : taken_(&taken) { ++*taken_; }
  Place(Place&& o) noexcept : taken_(std::exchange(o.taken_, nullptr)) {}
  ~Place() {
    if (taken_) --*taken_;
  }

 private:
  unsigned* taken_;
};

// A body that nobody reads would not be fetched to its end.
Task<bool> read_to_end(Exchange& y) {
  for (bool end = !y.response.body; !end;) {
    auto reading = y.response.body->read(64 * 1024);
    auto chunk = co_await reading;
    if (!chunk) co_return false;
    end = chunk->end;
  }
  co_return true;
}

Task<Unit> refresh(std::unique_ptr<Detached> copy, const Counts& counts, Place) {
  auto& y = copy->exchange();
  auto running = y.onward->run(y);
  co_await running;
  bool good = y.response.status < 500 && !y.response.local;
  auto rest = read_to_end(y);
  good = co_await rest && good;
  counts.refreshed(y.worker, good ? Refresh::done : Refresh::failed);
  copy->end(good);
  co_return Unit{};
}

}  // namespace

void refresh_behind(Exchange& x, const Caching& caching, const StoredPtr& stored) {
  if (!x.onward) return;
  auto& taken = caching.refreshing.at(x.worker);
  if (taken >= most_refreshes) return caching.counts.refreshed(x.worker, Refresh::skipped);
  auto lead = caching.store->try_lead(stored->key(), x.request.fields);
  if (!lead) return;
  auto copy = std::make_unique<Detached>(x);
  auto& y = copy->exchange();
  y.request.method = Method::get;
  y.request.method_text = "GET";
  Errand errand(caching, caching.keys.make(y), {});
  errand.lead = std::move(lead);
  errand.lead_key = stored->key();
  if (stored->complete()) errand.stored = stored;
  errand.in_background = true;
  errand.why = "stale";
  ask_for(y, errand);
  errand.client.reset();  // nobody is there to be told of parts
  send(y, std::move(errand));
  x.worker.background.spawn(refresh(std::move(copy), caching.counts, Place(taken)));
}

}  // namespace sluice::filters::cache
