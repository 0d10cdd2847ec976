#include "filters/compress/encoded_body.hpp"

#include <algorithm>

#include "base/mailbox.hpp"
#include "filters/compress/response_fields.hpp"

namespace sluice::filters::compress {
namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t least_room = 4096;

// Lets everything go on first that can go on now.
struct AfterOthers : Resumable {
  AfterOthers() = default;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) noexcept {
    handle = h;
    RunQueue::current().push(*this);
  }
  void await_resume() const noexcept {}
};

// Until the loop has looked for events again.
Task<Unit> next_turn(Worker& worker) {
  Waiter<Unit> waiter;
  auto resolver = std::make_shared<Resolver<Unit>>(waiter.resolver());
  worker.mailbox.post([resolver] { (*resolver)(Unit{}); });
  (void)co_await waiter;
  co_return Unit{};
}

}  // namespace

EncodedBody::EncodedBody(Worker& worker, BodyPtr source, Encoding encoding, Encoders::Loan encoder,
                         Allowance::Share memory, const Meters& meters)
    : worker_(worker),
      meters_(meters),
      source_(std::move(source)),
      encoding_(std::move(encoding)),
      encoder_(std::move(encoder)),
      memory_(std::move(memory)) {
  encoder_->begin(encoding_.level, encoding_.length);
  memory_.hold(encoder_->memory());
}

EncodedBody::~EncodedBody() {
  if (encoding_.form) meters_.form(worker_.index, FormUse::unfinished);
}

Eventual<Result<Chunk>> EncodedBody::read(std::size_t max) {
  for (auto need = encode(); need != Need::nothing; need = encode()) {
    if (need == Need::turn) return later(max);
    if (!source_.asked()) source_.ask(piece);
    if (!source_.arrived()) return later(max);
    if (auto taken = take(); !taken) return Result<Chunk>(taken.error());
  }
  return give(max);
}

Task<Result<Chunk>> EncodedBody::later(std::size_t max) {
  for (auto need = encode(); need != Need::nothing; need = encode()) {
    if (need == Need::turn) {
      auto turn = next_turn(worker_);
      co_await turn;
      spent_ = 0;
    } else {
      auto getting = more_input();
      auto got = co_await getting;
      if (!got) co_return got.error();
    }
  }
  co_return give(max);
}

// The next piece; where that is not here yet, first all that the encoder holds back.
Task<Result<Unit>> EncodedBody::more_input() {
  if (!source_.asked()) source_.ask(piece);
  if (!source_.arrived()) {
    AfterOthers others;
    co_await others;
  }
  if (!source_.arrived() && held_back_) {
    then_ = Encoder::Then::flush;
    co_return Unit{};
  }
  auto waiting = source_.wait();
  co_await waiting;
  co_return take();
}

Result<Unit> EncodedBody::take() {
  auto chunk = source_.take();
  if (!chunk) return chunk.error();
  in_ = chunk->bytes;
  taken_ += in_.size();
  auto length = encoding_.length;
  if (length != unknown_length && (chunk->end ? taken_ != length : taken_ > length))
    return Error(Error::Kind::internal, Error::Side::internal, "body_length");
  meters_.in(worker_.index, encoding_.algorithm, in_.size());
  if (chunk->end) {
    then_ = Encoder::Then::end;
    trailers_ = chunk->trailers ? without_digests(*chunk->trailers, fewer_trailers_) : nullptr;
  }
  return Unit{};
}

// Goes on until there is something to give, or it needs what is not here.
EncodedBody::Need EncodedBody::encode() {
  auto enough = encoder_->room().size() - least_room;
  while (given_ == 0 && made_ < enough && has_work() && !is_spent()) step();
  if (ended_ || given_ > 0 || made_ >= enough) return Need::nothing;
  if (has_work()) return made_ > 0 ? Need::nothing : Need::turn;
  return made_ > 0 && !held_back_ ? Need::nothing : Need::input;
}

bool EncodedBody::has_work() const noexcept {
  return !ended_ && (!in_.empty() || then_ != Encoder::Then::more);
}

bool EncodedBody::is_spent() noexcept {
  auto now = worker_.timers.now();
  if (std::exchange(turn_, now) != now) spent_ = 0;
  return spent_ >= encoding_.portion;
}

void EncodedBody::step() {
  auto part = in_.first(std::min(in_.size(), encoding_.portion - spent_));
  bool last_part = part.size() == in_.size();
  auto then = last_part ? then_ : Encoder::Then::more;
  auto room = encoder_->room().subspan(made_);
  auto step = encoder_->step(part, room, then);
  memory_.hold(encoder_->memory());
  meters_.out(worker_.index, encoding_.algorithm, step.made);
  if (encoding_.form) encoding_.form->add(room.first(step.made));
  in_ = in_.subspan(step.taken);
  spent_ += step.taken;
  made_ += step.made;
  held_back_ = true;
  if (!last_part || !step.done || then == Encoder::Then::more) return;
  then_ = Encoder::Then::more;
  held_back_ = false;
  if (then == Encoder::Then::end) end();
}

void EncodedBody::end() {
  ended_ = true;
  if (!encoding_.form) return;
  meters_.form(worker_.index, encoding_.form->finish() ? FormUse::made : FormUse::unfinished);
  encoding_.form.reset();
}

Result<Chunk> EncodedBody::give(std::size_t max) noexcept {
  auto bytes = encoder_->room().subspan(given_, std::min(max, made_ - given_));
  given_ += bytes.size();
  bool all = given_ == made_;
  if (all) given_ = made_ = 0;
  bool last = all && ended_;
  return Chunk{bytes, last, last ? trailers_ : nullptr};
}

}  // namespace sluice::filters::compress
