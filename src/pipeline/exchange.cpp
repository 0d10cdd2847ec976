#include "sluice/exchange.hpp"

#include <algorithm>
#include <string>

namespace sluice {
namespace {

constexpr std::size_t piece = 64 * 1024;

// All there is of a body, where the source that it came from has it.
class WholeBody final : public BodySource {
 public:
  WholeBody(std::span<const char> bytes, BodyPtr source) noexcept
      : bytes_(bytes), source_(std::move(source)) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    auto n = std::min(max, bytes_.size() - given_);
    Chunk chunk{bytes_.subspan(given_, n), given_ + n == bytes_.size(), nullptr};
    given_ += n;
    return Result<Chunk>(chunk);
  }
  bool rewind() noexcept override {
    given_ = 0;
    return true;
  }

 private:
  std::span<const char> bytes_;
  std::size_t given_ = 0;
  BodyPtr source_;
};

// What was read already, then the rest of the source that it came from.
class ReadAhead final : public BodySource {
 public:
  ReadAhead(std::string read, BodyPtr rest) noexcept : front_(std::move(read)), rest_(std::move(rest)) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    if (given_ == front_.size()) return rest_->read(max);
    auto n = std::min(max, front_.size() - given_);
    Chunk chunk{{front_.data() + given_, n}, false, nullptr};
    given_ += n;
    return Result<Chunk>(chunk);
  }

 private:
  std::string front_;
  std::size_t given_ = 0;
  BodyPtr rest_;
};

// `rest`: null where all has been read.
BodyPtr put_back(std::string read, BodyPtr rest) {
  if (!rest) return std::make_unique<MemoryBody>(std::move(read));
  return std::make_unique<ReadAhead>(std::move(read), std::move(rest));
}

}  // namespace

Exchange::~Exchange() {
  tasks.cancel();
  drop_hooks(nullptr);
  drop_observers();
}

Verdict Exchange::refuse(std::uint16_t status, const char* reason) noexcept {
  response.reset();
  problem = {};
  response.status = status;
  response.local = true;
  response.reason = reason;
  return Verdict::reply;
}

void Exchange::body_received(std::size_t bytes) noexcept {
  received += bytes;
  if (!bound_ || timeout_ == Duration{}) return;
  deadline = std::min(worker.timers.now() + timeout_, latest_);
  bound_->extend(deadline);
}

void Exchange::lift_deadline() noexcept {
  deadline = TimePoint::max();
  if (bound_) bound_->extend(deadline);
}

void Exchange::drop_hooks(void* down_to) noexcept {
  while (hooks_ && hooks_ != down_to) {
    auto* h = hooks_;
    hooks_ = h->next;
    h->drop(h);
  }
}

void Exchange::drop_observers() noexcept {
  while (auto* o = observers_) {
    observers_ = o->next;
    o->drop(o);
  }
}

// A hook is unlinked before it runs: a fault in it never runs it twice, and the outer ones still run.
Eventual<Unit> Exchange::run_hooks() {
  while (auto* hook = hooks_) {
    hooks_ = hook->next;
    HookHolder holder(hook);
    auto running = hook->run(hook, *this);
    if (!running.ready()) return rest_of_hooks(std::move(running), std::move(holder));
  }
  return Unit{};
}

Task<Unit> Exchange::rest_of_hooks(Eventual<Unit> waiting, HookHolder hook) {
  co_await waiting;
  hook.drop();
  auto rest = run_hooks();
  co_await rest;
  co_return Unit{};
}

Eventual<Result<std::span<const char>>> Exchange::buffer_body(std::size_t max) {
  if (!request.body) return Result<std::span<const char>>(std::span<const char>{});
  max = std::min(max, buffer);
  if (request.length != unknown_length && request.length > max)
    return Result<std::span<const char>>(
        Error(Error::Kind::too_large, Error::Side::downstream, "body_too_large"));
  request.expects_continue = false;  // reading tells the client to go on
  auto reading = request.body->read(piece);
  bool is_all = reading.ready() && reading.value() && reading.value()->end;
  if (!is_all || reading.value()->bytes.size() > max) return read_whole_body(max, std::move(reading));
  auto bytes = reading.value()->bytes;  // a small body has come with its head
  request.length = bytes.size();
  request.body = std::make_unique<WholeBody>(bytes, std::move(request.body));
  return Result<std::span<const char>>(bytes);
}

Task<Result<std::span<const char>>> Exchange::read_whole_body(std::size_t max,
                                                              Eventual<Result<Chunk>> reading) {
  std::string whole;
  if (request.length != unknown_length) whole.reserve(request.length);
  for (bool end = false; !end;) {
    auto chunk = co_await reading;
    if (!chunk) co_return chunk.error();
    whole.append(chunk->bytes.data(), chunk->bytes.size());
    end = chunk->end;
    if (whole.size() > max) {
      request.body = put_back(std::move(whole), end ? nullptr : std::move(request.body));
      co_return Error(Error::Kind::too_large, Error::Side::downstream, "body_too_large");
    }
    if (!end) reading = request.body->read(piece);
  }
  request.length = whole.size();
  auto body = std::make_unique<MemoryBody>(std::move(whole));
  auto bytes = body->bytes();
  request.body = std::move(body);
  co_return bytes;
}

void Exchange::end(const Outcome& outcome) noexcept {
  if (std::exchange(ended_, true)) return;
  bound_ = nullptr;
  tasks.cancel();
  drop_hooks(nullptr);
  response.body.reset();
  request.body.reset();
  for (auto* o = observers_; o; o = o->next) o->run(o, outcome);
  drop_observers();
}

}  // namespace sluice
