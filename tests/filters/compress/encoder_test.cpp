#include "filters/compress/encoder.hpp"

#include <gtest/gtest.h>

#include "decoding.hpp"
#include "texts.hpp"

namespace sluice::filters::compress {
namespace {

using Then = Encoder::Then;

std::unique_ptr<Encoder> make(Algorithm algorithm) {
  constexpr std::array makers = {make_gzip_encoder, make_br_encoder, make_zstd_encoder};
  return makers[static_cast<std::size_t>(algorithm)]();
}

int highest(Algorithm algorithm) {
  return algorithm == Algorithm::zstd ? 12 : 9;
}

// Appends to `to` what becomes of `in`, in as many steps as it takes.
void feed(Encoder& encoder, std::string_view in, Then then, std::string& to) {
  for (Encoder::Step step{0, 0, false}; !step.done; in.remove_prefix(step.taken)) {
    step = encoder.step(in, encoder.room(), then);
    to.append(encoder.room().data(), step.made);
    ASSERT_TRUE(step.done || step.taken + step.made > 0) << "it does not get on";
  }
}

std::string encoded(Encoder& encoder, std::string_view text, int level, std::uint64_t length) {
  std::string bytes;
  encoder.begin(level, length);
  feed(encoder, text, Then::end, bytes);
  return bytes;
}

struct EncoderTest : testing::TestWithParam<Algorithm> {
  Algorithm algorithm = GetParam();
  std::unique_ptr<Encoder> encoder = make(algorithm);

  void expect(const std::string& bytes, const std::string& text) const {
    auto back = decoded(algorithm, bytes);
    EXPECT_TRUE(back.whole);
    EXPECT_FALSE(back.broken);
    EXPECT_TRUE(back.bytes == text) << back.bytes.size() << " of " << text.size();
  }
};

TEST_P(EncoderTest, GoesThereAndBackAtEveryLevel) {
  for (int level = 1; level <= highest(algorithm); ++level)
    for (auto& text : {json_text(0), json_text(1), json_text(3000), json_text(200'000), noise(70'000)})
      for (auto length : {static_cast<std::uint64_t>(text.size()), unknown_length}) {
        auto bytes = encoded(*encoder, text, level, length);
        expect(bytes, text);
        EXPECT_LT(bytes.size(), text.size() + 200);
      }
}

TEST_P(EncoderTest, IsShorter) {
  auto text = json_text(100'000);
  EXPECT_LT(encoded(*encoder, text, 4, unknown_length).size(), text.size() / 3);
  EXPECT_LT(encoded(*encoder, text, highest(algorithm), unknown_length).size(),
            encoded(*encoder, text, 1, unknown_length).size());
}

TEST_P(EncoderTest, WhatWasFlushedCanBeDecoded) {
  std::string sent, bytes;
  encoder->begin(5, unknown_length);
  for (unsigned i = 0; i < 50; ++i) {
    auto piece = json_text(i * 37, i);
    sent += piece;
    feed(*encoder, piece, Then::flush, bytes);
    EXPECT_TRUE(decoded(algorithm, bytes).bytes == sent) << i;
    EXPECT_FALSE(decoded(algorithm, bytes).whole);
  }
  feed(*encoder, "", Then::end, bytes);
  expect(bytes, sent);
}

TEST_P(EncoderTest, AFlushThatHasNoRoomGoesOnUntilItIsOut) {
  for (std::size_t size = 3900; size < 4200; size += 7) {
    auto text = noise(size, static_cast<unsigned>(size));
    std::string bytes;
    encoder->begin(5, unknown_length);
    std::string_view left = text;
    for (Encoder::Step step{0, 0, false}; !step.done; left.remove_prefix(step.taken)) {
      step = encoder->step(left, encoder->room().first(4096), Then::flush);
      bytes.append(encoder->room().data(), step.made);
    }
    EXPECT_TRUE(decoded(algorithm, bytes).bytes == text) << size;
  }
}

TEST_P(EncoderTest, ManyFlushesWithNothingBetweenAddLittle) {
  std::string bytes;
  encoder->begin(5, unknown_length);
  for (int i = 0; i < 100; ++i) feed(*encoder, "", Then::flush, bytes);
  feed(*encoder, "x", Then::end, bytes);
  expect(bytes, "x");
  EXPECT_LT(bytes.size(), 100u * 16);
}

TEST_P(EncoderTest, WhatBrokeOffIsNeverWhole) {
  auto bytes = encoded(*encoder, json_text(20'000), 5, 20'000);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 7)
    EXPECT_FALSE(decoded(algorithm, std::string_view(bytes).substr(0, cut)).whole) << cut;
}

TEST_P(EncoderTest, PiecesOfAnySizeGiveTheSameText) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    auto text = round % 3 ? json_text(random() % 100'000, random()) : noise(random() % 50'000, random());
    std::string bytes;
    encoder->begin(1 + static_cast<int>(random() % 9), unknown_length);
    for (std::string_view left = text; !left.empty();) {
      auto n = std::min<std::size_t>(left.size(), 1 + random() % (round % 2 ? 100 : 20'000));
      feed(*encoder, left.substr(0, n), random() % 4 ? Then::more : Then::flush, bytes);
      left.remove_prefix(n);
    }
    feed(*encoder, "", Then::end, bytes);
    expect(bytes, text);
  }
}

TEST_P(EncoderTest, LeavesNothingOfABrokenOffBodyToTheNext) {
  std::string lost;
  encoder->begin(9, 1'000'000);
  feed(*encoder, json_text(300'000), Then::more, lost);
  auto text = json_text(5000, 2);
  expect(encoded(*encoder, text, 1, text.size()), text);
}

TEST_P(EncoderTest, HoldsABoundedMemory) {
  std::size_t most = algorithm == Algorithm::gzip ? 320 << 10 : 3 << 20;
  auto text = json_text(1 << 20);
  for (int level = 1; level <= highest(algorithm); ++level) {
    std::string bytes;
    encoder->begin(level, unknown_length);
    for (int i = 0; i < 2; ++i) {
      feed(*encoder, text, Then::more, bytes);
      EXPECT_LT(encoder->memory(), most) << level;
      EXPECT_GT(encoder->memory(), 50'000u) << level;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, EncoderTest, testing::ValuesIn(all_algorithms),
                         [](auto& one) { return std::string(name_of(one.param)); });

}  // namespace
}  // namespace sluice::filters::compress
