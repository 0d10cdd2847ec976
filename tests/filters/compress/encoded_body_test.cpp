#include "filters/compress/encoded_body.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "decoding.hpp"
#include "kit/bodies.hpp"
#include "kit/loop.hpp"
#include "reading.hpp"
#include "telemetry/metrics.hpp"
#include "texts.hpp"

namespace sluice::filters::compress {
namespace {

// Gives its pieces one by one, waiting for a turn of the run queue before some.
class Pieces final : public BodySource {
 public:
  explicit Pieces(std::deque<std::string> pieces, const Fields* trailers = nullptr)
      : pieces_(std::move(pieces)), trailers_(trailers) {}

  Eventual<Result<Chunk>> read(std::size_t max) override {
    if (pieces_.size() % 2) return next(max);
    return after_a_turn(max);
  }

 private:
  Result<Chunk> next(std::size_t max) {
    if (pieces_.empty()) return Chunk{{}, true, trailers_};
    now_ = pieces_.front().substr(0, max);
    pieces_.front().erase(0, now_.size());
    if (pieces_.front().empty()) pieces_.pop_front();
    return Chunk{now_, pieces_.empty(), pieces_.empty() ? trailers_ : nullptr};
  }
  Task<Result<Chunk>> after_a_turn(std::size_t max) {
    Waiter<Unit> waiter;
    auto resolver = waiter.resolver();
    resolver(Unit{});
    (void)co_await waiter;
    co_return next(max);
  }

  std::deque<std::string> pieces_;
  const Fields* trailers_;
  std::string now_;
};

struct EncodedBodyTest : testing::TestWithParam<Algorithm> {
  kit::Loop loop;
  telemetry::Metrics metrics{1};
  Meters meters{metrics, "p"};
  Encoders encoders{1};
  Allowance memory{1, 1 << 20, meters.memory()};
  Algorithm algorithm = GetParam();
  std::size_t portion = 64 * 1024;

  BodyPtr encode(BodyPtr source, std::uint64_t length = unknown_length) {
    return std::make_unique<EncodedBody>(
        loop.worker, std::move(source), Encoding{algorithm, 3, length, portion, std::nullopt},
        encoders.take(loop.worker, algorithm), Allowance::Share(memory, loop.worker), meters);
  }
  Decoded decode(const Reader& reader) const { return decoded(algorithm, reader.bytes); }
};

TEST_P(EncodedBodyTest, ABodyThatIsThereIsThereAtOnce) {
  auto text = json_text(20'000);
  auto body = encode(std::make_unique<MemoryBody>(text), text.size());
  auto reading = body->read(64 * 1024);
  ASSERT_TRUE(reading.ready());
  auto chunk = *reading.value();
  EXPECT_TRUE(chunk.end);
  auto back = decoded(algorithm, {chunk.bytes.data(), chunk.bytes.size()});
  EXPECT_TRUE(back.whole);
  EXPECT_TRUE(back.bytes == text);
}

TEST_P(EncodedBodyTest, AnEmptyBodyIsAnEmptyText) {
  for (auto length : {std::uint64_t{0}, unknown_length}) {
    auto body = encode(std::make_unique<MemoryBody>(""), length);
    Reader reader(*body);
    reader.start();
    loop.spin();
    EXPECT_TRUE(reader.ended);
    EXPECT_TRUE(decode(reader).whole);
    EXPECT_EQ(decode(reader).bytes, "");
  }
}

TEST_P(EncodedBodyTest, WhatArrivedIsDecodableBeforeTheNextArrives) {
  kit::Pipe pipe;
  auto body = encode(pipe.body());
  Reader reader(*body);
  reader.start();
  loop.spin();
  EXPECT_EQ(reader.bytes, "") << "nothing came, so there is nothing to say";
  std::string sent;
  for (auto piece : {"data: 1\n\n", "data: 2\n\n", "data: a longer one, with more in it\n\n"}) {
    sent += piece;
    pipe.push(piece);
    loop.spin();
    EXPECT_EQ(decode(reader).bytes, sent);
    EXPECT_FALSE(reader.ended);
  }
  auto before = reader.bytes.size();
  loop.spin();
  EXPECT_EQ(reader.bytes.size(), before) << "flushed once";
  pipe.finish();
  loop.spin();
  EXPECT_TRUE(reader.ended);
  EXPECT_TRUE(decode(reader).whole);
  EXPECT_EQ(decode(reader).bytes, sent);
}

TEST_P(EncodedBodyTest, WhatComesInOneGoIsNotCutToPieces) {
  std::deque<std::string> pieces;
  std::string text;
  for (unsigned i = 0; i < 200; ++i) text += pieces.emplace_back(json_text(500, i));
  auto body = encode(std::make_unique<Pieces>(pieces));
  Reader reader(*body);
  reader.start();
  loop.spin();
  EXPECT_TRUE(decode(reader).bytes == text);
  EXPECT_LE(reader.pieces.size(), 4u) << "every second read waits for a turn of the queue only";
}

TEST_P(EncodedBodyTest, ASourceThatBreaksOffLeavesNoWholeText) {
  auto text = json_text(300'000);
  auto body = encode(std::make_unique<kit::Villain>(text, kit::Villain::Then::fail, 5000));
  Reader reader(*body);
  reader.start();
  loop.spin();
  ASSERT_TRUE(reader.error);
  EXPECT_STREQ(reader.error->cause, "villain");
  EXPECT_EQ(reader.error->side, Error::Side::upstream);
  EXPECT_FALSE(reader.ended);
  EXPECT_FALSE(decode(reader).whole);
}

TEST_P(EncodedBodyTest, WhatASourceThrowsIsThrownOn) {
  auto body = encode(kit::throws_after("abc"));
  Reader reader(*body);
  reader.start();
  loop.spin();
  EXPECT_TRUE(reader.fault());
  EXPECT_FALSE(reader.ended);
}

// Waits for a turn of the run queue, then throws.
class LateFault final : public BodySource {
 public:
  Eventual<Result<Chunk>> read(std::size_t) override { return fail(); }

 private:
  Task<Result<Chunk>> fail() {
    Waiter<Unit> waiter;
    auto resolver = waiter.resolver();
    resolver(Unit{});
    (void)co_await waiter;
    throw std::runtime_error("late");
  }
};

TEST_P(EncodedBodyTest, WhatASourceThrowsLaterIsThrownOnToo) {
  auto body = encode(std::make_unique<LateFault>());
  Reader reader(*body);
  reader.start();
  loop.spin();
  EXPECT_TRUE(reader.fault());
  EXPECT_FALSE(reader.ended);
}

TEST_P(EncodedBodyTest, AReaderMayLeaveAtAnyTime) {
  for (int spins = 0; spins < 4; ++spins) {
    kit::Pipe pipe;
    auto body = encode(pipe.body());
    Reader reader(*body);
    reader.start();
    if (spins > 0) loop.spin();
    if (spins > 1) pipe.push(json_text(100'000));
    if (spins > 2) loop.spin();
    reader.leave();
    body.reset();
    EXPECT_TRUE(pipe.abandoned);
    pipe.push("more");
    loop.spin();
  }
  EXPECT_TRUE(memory.left(loop.worker));
}

TEST_P(EncodedBodyTest, LongBodiesLetOthersGoOn) {
  portion = 16 * 1024;
  auto text = json_text(400'000);
  auto body = encode(std::make_unique<MemoryBody>(text), text.size());
  Reader reader(*body);
  reader.start();
  RunQueue::current().run();
  EXPECT_FALSE(reader.ended);
  std::size_t turns = 0;
  for (; !reader.ended && turns < 1000; ++turns) {
    ASSERT_EQ(loop.mailbox.drain(), 1u) << "it waits for the next turn";
    RunQueue::current().run();
  }
  EXPECT_GE(turns, text.size() / portion - 1);
  EXPECT_LE(turns, text.size() / portion + 1);
  EXPECT_TRUE(decode(reader).bytes == text);
}

TEST_P(EncodedBodyTest, ReadersMayTakeLittleAtOnce) {
  auto text = json_text(3000);
  for (std::size_t max : {1, 7, 1000}) {
    auto body = encode(std::make_unique<kit::Villain>(text, kit::Villain::Then::end, 100));
    Reader reader(*body, max);
    reader.start();
    loop.spin();
    ASSERT_TRUE(reader.ended);
    for (auto size : reader.pieces) EXPECT_LE(size, max);
    EXPECT_TRUE(decode(reader).whole);
    EXPECT_TRUE(decode(reader).bytes == text);
  }
}

TEST_P(EncodedBodyTest, ASourceThatLiesAboutItsLengthIsBrokenOff) {
  for (auto length : {999u, 1001u, 1u}) {
    auto body = encode(kit::ends_after(std::string(1000, 'x')), length);
    Reader reader(*body);
    reader.start();
    loop.spin();
    ASSERT_TRUE(reader.error) << length;
    EXPECT_STREQ(reader.error->cause, "body_length");
    EXPECT_FALSE(decode(reader).whole);
  }
}

TEST_P(EncodedBodyTest, TrailersComeLastWithoutWhatTheySayOfOtherBytes) {
  Arena arena;
  Fields trailers(arena);
  trailers.add("X-Checked", "yes");
  for (auto with_digests : {false, true}) {
    if (with_digests)
      for (auto name : {"Repr-Digest", "content-digest", "Digest", "Content-MD5", "ETag"})
        trailers.add(name, "x");
    trailers.add("Server-Timing", "a");
    auto body = encode(std::make_unique<Pieces>(std::deque<std::string>{"abc", "def"}, &trailers));
    Reader reader(*body);
    reader.start();
    loop.spin();
    EXPECT_EQ(decode(reader).bytes, "abcdef");
    EXPECT_EQ(reader.trailers, with_digests ? "X-Checked: yes\nServer-Timing: a\nServer-Timing: a\n"
                                            : "X-Checked: yes\nServer-Timing: a\n");
  }
}

TEST_P(EncodedBodyTest, MemoryIsCountedWhileItIsHeld) {
  Allowance little(1, 60'000, meters.memory());  // most is taken only once there is something to encode
  EXPECT_TRUE(little.left(loop.worker));
  {
    EncodedBody body(loop.worker, kit::stalls_after(json_text(2000)),
                     {algorithm, 3, unknown_length, portion, std::nullopt},
                     encoders.take(loop.worker, algorithm), Allowance::Share(little, loop.worker), meters);
    Reader reader(body);
    reader.start();
    loop.spin();
    EXPECT_FALSE(little.left(loop.worker));
  }
  EXPECT_TRUE(little.left(loop.worker));
}

TEST_P(EncodedBodyTest, AnyPiecesGiveTheSameText) {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    std::deque<std::string> pieces;
    std::string text;
    for (auto n = random() % 30; n > 0; --n) {
      auto size = random() % 5 ? 1 + random() % 3000 : 1 + random() % 150'000;
      text += pieces.emplace_back(round % 4 ? json_text(size, random()) : noise(size, random()));
    }
    portion = 1 + random() % 70'000;
    auto body = encode(std::make_unique<Pieces>(pieces), random() % 2 ? text.size() : unknown_length);
    Reader reader(*body, 1 + random() % 100'000);
    reader.start();
    loop.spin();
    ASSERT_TRUE(reader.ended) << round;
    EXPECT_TRUE(decode(reader).whole) << round;
    EXPECT_TRUE(decode(reader).bytes == text) << round;
  }
}

// Of the others, which encode in blocks of 64 KiB and more, not every portion gives something out.
struct GzipBodyTest : EncodedBodyTest {};
TEST_P(GzipBodyTest, AReaderThatComesBackInAnotherTurnNeedNotWaitForOne) {
  portion = 16 * 1024;
  auto text = noise(100'000);
  auto body = encode(std::make_unique<MemoryBody>(text), text.size());
  std::string bytes;
  for (bool end = false; !end; loop.timers.advance(loop.timers.now() + std::chrono::milliseconds(4))) {
    auto reading = body->read(64 * 1024);
    ASSERT_TRUE(reading.ready());
    auto chunk = *reading.value();
    bytes.append(chunk.bytes.data(), chunk.bytes.size());
    end = chunk.end;
  }
  EXPECT_TRUE(decoded(algorithm, bytes).bytes == text);
}

INSTANTIATE_TEST_SUITE_P(Each, EncodedBodyTest, testing::ValuesIn(all_algorithms),
                         [](auto& one) { return std::string(name_of(one.param)); });
INSTANTIATE_TEST_SUITE_P(One, GzipBodyTest, testing::Values(Algorithm::gzip));

}  // namespace
}  // namespace sluice::filters::compress
