#include "filters/cache/fill.hpp"

#include "filters/cache/body_flow.hpp"

namespace sluice::filters::cache {
namespace {

constexpr std::size_t piece = 64 * 1024;

// The flow's way to end a fill, for as long as there is one.
class Bound {
 public:
  Bound(FlowPtr flow, Within<Unit>& fill) : flow_(std::move(flow)) { flow_->bind(&fill); }
  Bound(const Bound&) = delete;
  ~Bound() { flow_->bind(nullptr); }

 private:
  const FlowPtr flow_;
};

}  // namespace

Fill::Fill(std::shared_ptr<CacheStore> store, StoredResponse::Ptr entry, Worker& worker, BodyPtr from,
           SnapshotPin pin)
    : store_(std::move(store)),
      entry_(std::move(entry)),
      worker_(worker),
      from_(std::move(from)),
      pin_(std::move(pin)) {
  store_->fills_.add(worker_.index, 1);
}

Fill::~Fill() {
  store_->fills_.add(worker_.index, -1);
  entry_->body().fail(Error(Error::Kind::abandoned, Error::Side::upstream, "cache_fill_cancelled"));
  if (!entry_->complete()) leave_store();
}

void Fill::leave_store() {
  store_->shards_->remove(*entry_);
}

Task<Unit> Fill::run() {
  Within<Unit> pumping(worker_.timers, TimePoint::max(), pump());
  Bound bound(entry_->body().flow(), pumping);
  auto pumped = co_await pumping;
  if (!pumped) entry_->body().fail(pumped.error());
  co_return Unit{};
}

Task<Result<Unit>> Fill::pump() {
  auto& body = entry_->body();
  for (bool end = false; !end;) {
    auto reading = from_->read(piece);
    auto chunk = co_await reading;
    if (!chunk) co_return chunk.error();
    end = chunk->end;
    if (auto rest = chunk->bytes.subspan(body.append(chunk->bytes)); !rest.empty()) {
      auto passing = pass(rest);
      auto passed = co_await passing;
      if (!passed) co_return passed.error();
    }
    if (!end) body.tell();
  }
  if (body.length() != unknown_length && body.published() < body.length())
    co_return Error(Error::Kind::closed, Error::Side::upstream, "body_too_short");
  body.finish();
  if (body.complete()) store_->complete(entry_);
  co_return ok();
}

// What found no place: from here on the body is a window, and passes through.
Task<Result<Unit>> Fill::pass(std::span<const char> bytes) {
  auto& body = entry_->body();
  leave_store();
  if (!body.become_window()) co_return Error(Error::Kind::malformed, Error::Side::upstream, "body_too_long");
  while (!bytes.empty()) {
    body.tell();
    auto making_room = body.room(worker_);
    auto room = co_await making_room;
    if (!room) co_return room.error();
    bytes = bytes.subspan(body.append(bytes));
  }
  co_return ok();
}

Task<Unit> run_fill(std::unique_ptr<Fill> fill) {
  auto running = fill->run();
  co_return co_await running;
}

}  // namespace sluice::filters::cache
