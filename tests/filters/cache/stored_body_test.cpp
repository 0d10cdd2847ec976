#include "filters/cache/stored_body.hpp"

#include "filters/cache/store_fixture.hpp"

namespace sluice::filters::cache {
namespace {

constexpr auto url = "https://a.example/x";
constexpr std::size_t block = StoredBody::block;
constexpr std::size_t mebibyte = 1024 * 1024;

std::string bytes_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 / 3 % 26);
  return text;
}

struct Source {
  kit::Pipe pipe;
};

struct Filling : Source, Storing {
  using Storing::Storing;
  StoredPtr entry;
  void start(std::uint64_t length = unknown_length) { entry = begin(url, pipe, length); }
  BodyPtr reader(std::uint64_t from = 0, std::uint64_t size = unknown_length) {
    return entry->reader(worker(), from, size);
  }
  void settle() {
    loop.spin();
    loop.advance(10ms);
  }
  void push(std::string_view bytes, bool end = false) {
    pipe.push(bytes, end);
    loop.spin();
  }
};

TEST(StoredBody, CanBeReadBeforeItsLastByte) {
  for (auto length : {std::uint64_t{11}, unknown_length}) {
    Filling s;
    s.start(length);
    ASSERT_EQ(s.find(url), s.entry);
    EXPECT_EQ(s.entry->length(), length);
    EXPECT_FALSE(s.entry->complete());
    Reading first(s.reader());
    s.push("hello ");
    EXPECT_EQ(first.text, "hello ");
    Reading second(s.reader());
    s.loop.spin();
    EXPECT_EQ(second.text, "hello ");
    EXPECT_FALSE(second.ended);
    s.push("world", true);
    for (auto* r : {&first, &second}) {
      EXPECT_EQ(r->text, "hello world");
      EXPECT_TRUE(r->ended);
    }
    EXPECT_EQ(s.text_of(s.find(url)), "hello world");
    EXPECT_EQ(s.find(url)->length(), 11u);
    EXPECT_TRUE(s.pipe.abandoned) << "the connection goes back";
  }
}

TEST(StoredBody, EndsWhenItsSourceEndsWithoutMoreBytes) {
  Filling s;
  s.start();
  Reading reading(s.reader());
  s.push("text");
  EXPECT_FALSE(reading.ended);
  s.push("", true);
  EXPECT_TRUE(reading.ended);
  EXPECT_EQ(reading.text, "text");
}

TEST(StoredBody, IsNotCopiedToBeRead) {
  Filling s;
  s.put(url, bytes_of(3 * block));
  auto stored = s.find(url);
  auto one = stored->reader(s.worker())->read(mebibyte), two = stored->reader(s.worker())->read(mebibyte);
  EXPECT_EQ(one.value()->bytes.data(), two.value()->bytes.data());
  EXPECT_EQ(one.value()->bytes.size(), 3 * block) << "a known length is one piece";
  EXPECT_TRUE(one.value()->end);
}

TEST(StoredBody, HasRanges) {
  Filling s;
  auto text = bytes_of(5 * block / 2);
  s.start();
  s.push(text);
  for (bool complete : {false, true}) {
    if (complete) s.push("", true);
    for (std::size_t from : {std::size_t{0}, std::size_t{1}, block - 1, block, 2 * block + 5})
      for (std::size_t size : {std::size_t{1}, std::size_t{100}, text.size() - from}) {
        if (from + size > text.size()) continue;
        Reading range(s.reader(from, size));
        s.loop.spin();
        EXPECT_EQ(range.text, text.substr(from, size));
        EXPECT_TRUE(range.ended);
      }
  }
  EXPECT_EQ(s.find(url)->length(), text.size());
}

TEST(StoredBody, IsReadInPiecesOfTheReadersSize) {
  Filling s;
  auto text = bytes_of(block + 100);
  s.put(url, text);
  Reading reading(s.find(url)->reader(s.worker()), 7);
  s.loop.spin();
  EXPECT_EQ(reading.text, text);
}

TEST(StoredBody, ReadsAgainOnceItIsWhole) {
  Filling s;
  s.start();
  auto reader = s.reader();
  s.push("hello");
  EXPECT_EQ(reader->read(100).value()->bytes.size(), 5u);
  EXPECT_FALSE(reader->rewind());
  s.push("", true);
  ASSERT_TRUE(reader->rewind());
  auto again = reader->read(100);
  EXPECT_EQ(std::string(again.value()->bytes.begin(), again.value()->bytes.end()), "hello");
  EXPECT_TRUE(again.value()->end);
}

TEST(StoredBody, OfUnknownLengthEndsUpInOnePiece) {
  Filling s;
  auto empty = s.store->bytes();
  s.start();
  EXPECT_GE(s.store->bytes(), empty + block);
  auto text = bytes_of(1000);
  s.push(text, true);
  s.entry.reset();
  EXPECT_LT(s.store->bytes(), empty + 1500);
  EXPECT_EQ(s.text_of(s.find(url)), text);
}

TEST(StoredBody, KeepsItsBlocksWhereTheyAreFull) {
  Filling s;
  auto text = bytes_of(20 * block - 100);
  s.start();
  s.push(text, true);
  EXPECT_EQ(s.find(url), s.entry);
  EXPECT_EQ(s.text_of(s.find(url)), text);
}

TEST(StoredBody, ThatBreaksOffFailsItsReadersAndIsGone) {
  for (auto length : {std::uint64_t{100}, unknown_length}) {
    Filling s;
    s.start(length);
    Reading reading(s.reader());
    auto late = s.reader();
    s.push("half");
    s.pipe.fail(Error(Error::Kind::reset, Error::Side::upstream, "broke"));
    s.loop.spin();
    EXPECT_EQ(reading.text, "half");
    ASSERT_TRUE(reading.error);
    EXPECT_EQ(reading.error->kind, Error::Kind::reset);
    EXPECT_STREQ(reading.error->cause, "broke");
    EXPECT_FALSE(s.find(url));
    EXPECT_FALSE(s.entry->reader(s.worker()));
    Reading rest(std::move(late));
    s.loop.spin();
    EXPECT_EQ(rest.text, "half");
    EXPECT_TRUE(rest.error);
  }
}

TEST(StoredBody, ThatHasAnotherLengthThanSaidIsNotKept) {
  for (std::string_view text : {"short", "much too long"}) {
    Filling s;
    s.start(10);
    Reading reading(s.reader());
    s.push(text, true);
    ASSERT_TRUE(reading.error);
    EXPECT_EQ(reading.error->side, Error::Side::upstream);
    EXPECT_FALSE(s.find(url));
  }
}

TEST(StoredBody, ThatThrowsIsNotKept) {
  Storing s;
  auto lead = s.store->try_lead(key_of(url), Head().fields);
  auto entry = s.fill(lead, {}, unknown_length, kit::throws_after("some"));
  Reading reading(entry->reader(s.worker()));
  s.loop.spin();
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind, Error::Kind::abandoned);
  EXPECT_FALSE(s.find(url));
  EXPECT_TRUE(s.loop.background.fault()) << "the worker may log it";
}

TEST(StoredBody, ACancelledFillFailsItsReaders) {
  Filling s;
  s.start();
  Reading reading(s.reader());
  s.push("some");
  s.loop.background.cancel();
  s.loop.spin();
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind, Error::Kind::abandoned);
  EXPECT_FALSE(s.find(url));
  EXPECT_TRUE(s.pipe.abandoned);
}

TEST(StoredBody, IsFilledThoughItsReadersStall) {
  Filling s;
  auto text = bytes_of(2 * mebibyte);
  s.start();
  auto reader = s.reader();  // reads nothing
  s.push(text, true);
  EXPECT_TRUE(s.find(url)->complete());
  EXPECT_EQ(s.text_of(s.find(url)), text);
}

TEST(StoredBody, IsFinishedUnreadWhereLittleIsLeft) {
  Filling s;
  auto text = bytes_of(mebibyte + 10);
  s.start(text.size());
  auto reader = s.reader();
  s.push(text.substr(0, 10));
  reader.reset();
  s.settle();
  s.push(text.substr(10), true);
  EXPECT_EQ(s.text_of(s.find(url)), text);
}

TEST(StoredBody, IsGivenUpUnreadWhereMuchIsLeft) {
  Filling s;
  s.start(mebibyte + 11);
  auto reader = s.reader();
  s.push(bytes_of(10));
  reader.reset();
  s.settle();
  EXPECT_TRUE(s.pipe.abandoned);
  EXPECT_FALSE(s.find(url));
}

TEST(StoredBody, IsGivenUpUnreadWhereNobodyKnowsWhatIsLeft) {
  Filling s;
  s.start();
  auto first = s.reader(), second = s.reader();
  s.push("text");
  first.reset();
  s.settle();
  EXPECT_FALSE(s.pipe.abandoned);
  second.reset();
  s.settle();
  EXPECT_TRUE(s.pipe.abandoned);
  EXPECT_FALSE(s.find(url));
}

TEST(StoredBody, ANewReaderComesInTime) {
  Filling s;
  s.start();
  auto reader = s.reader();
  s.push("te");
  reader.reset();  // the letter is on its way
  Reading late(s.reader());
  s.settle();
  s.push("xt", true);
  EXPECT_EQ(late.text, "text");
  EXPECT_TRUE(late.ended);
}

TEST(StoredBody, ThatNobodyBeganToReadIsFilled) {
  Filling s;
  s.start();
  s.push("text", true);
  EXPECT_EQ(s.text_of(s.find(url)), "text");
}

// ---- longer than is kept

struct Window : Filling {
  Window() : Filling(CacheMemory{.size = mebibytes(64), .max_entry = mebibytes(2)}) {}
};

TEST(StoredBody, LongerThanIsKeptPassesThrough) {
  Window s;
  auto text = bytes_of(20 * mebibyte);
  s.start();
  Reading reading(s.reader());
  for (std::size_t at = 0; at < text.size(); at += mebibyte) s.push(text.substr(at, mebibyte));
  s.push("", true);
  EXPECT_TRUE(reading.ended);
  EXPECT_EQ(reading.text, text);
  EXPECT_FALSE(s.find(url));
  EXPECT_FALSE(s.reader());
}

TEST(StoredBody, InAWindowTheSlowestReaderSetsThePace) {
  Window s;
  auto empty = s.store->bytes();
  auto text = bytes_of(20 * mebibyte);
  s.start();
  std::optional<Reading> fast(std::in_place, s.reader());
  auto slow = s.reader();
  s.push(text, true);
  EXPECT_EQ(fast->text.size(), 2 * mebibyte) << "as far as was kept";
  EXPECT_FALSE(s.find(url));
  auto most = s.store->bytes();
  std::string seen;
  for (bool end = false; !end;) {
    auto chunk = slow->read(block);
    ASSERT_TRUE(chunk.ready());
    ASSERT_TRUE(chunk.value());
    seen.append(chunk.value()->bytes.begin(), chunk.value()->bytes.end());
    end = chunk.value()->end;
    s.loop.spin();
    most = std::max(most, s.store->bytes());
    if (seen.size() > 4 * mebibyte) {
      ASSERT_LE(fast->text.size(), seen.size() + StoredBody::window);
    }
  }
  EXPECT_EQ(seen, text);
  EXPECT_EQ(fast->text, text);
  EXPECT_LT(most, empty + 2 * mebibyte + 200'000);
  slow.reset();
  fast.reset();
  s.entry.reset();
  EXPECT_EQ(s.store->bytes(), empty);
}

TEST(StoredBody, AWindowGoesOnWithoutAReaderThatLeft) {
  Window s;
  auto text = bytes_of(5 * mebibyte);
  s.start();
  Reading fast(s.reader());
  auto slow = s.reader();
  s.push(text, true);
  EXPECT_FALSE(fast.ended);
  slow.reset();
  s.loop.spin();
  EXPECT_TRUE(fast.ended);
  EXPECT_EQ(fast.text, text);
}

TEST(StoredBody, AWindowThatNobodyReadsIsGivenUp) {
  Window s;
  s.start();
  s.push(bytes_of(3 * mebibyte));
  EXPECT_TRUE(s.pipe.abandoned);
  EXPECT_FALSE(s.find(url));
}

TEST(StoredBody, PassesThroughWhereThereIsNoRoom) {
  Filling s(CacheMemory{.size = kibibytes(512), .max_entry = kibibytes(512)});
  auto text = bytes_of(mebibyte);
  s.start();
  Reading reading(s.reader());
  for (std::size_t at = 0; at < text.size(); at += 1000) s.push(text.substr(at, 1000));
  s.push("", true);
  EXPECT_EQ(reading.text, text);
  EXPECT_FALSE(s.find(url));
  EXPECT_LE(s.store->bytes(), kibibytes(512).bytes);
}

}  // namespace
}  // namespace sluice::filters::cache
