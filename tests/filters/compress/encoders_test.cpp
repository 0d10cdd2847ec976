#include "filters/compress/encoders.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kit/loop.hpp"

namespace sluice::filters::compress {
namespace {

TEST(Encoders, AreGivenBackAndTakenAgain) {
  kit::Loop loop;
  Encoders encoders(1);
  Encoder* first;
  {
    auto loan = encoders.take(loop.worker, Algorithm::gzip);
    first = &*loan;
  }
  auto again = encoders.take(loop.worker, Algorithm::gzip);
  EXPECT_EQ(&*again, first);
  EXPECT_NE(&*encoders.take(loop.worker, Algorithm::gzip), first);
  EXPECT_NE(&*encoders.take(loop.worker, Algorithm::zstd), first);
}

TEST(Encoders, KeepAFewOnly) {
  kit::Loop loop;
  Encoders encoders(1);
  std::vector<Encoders::Loan> burst;
  for (std::size_t i = 0; i < Encoders::kept + 3; ++i)
    burst.push_back(encoders.take(loop.worker, Algorithm::gzip));
  std::set<Encoder*> were;
  for (auto& loan : burst) were.insert(&*loan);
  EXPECT_EQ(were.size(), Encoders::kept + 3);
  burst.clear();
  for (std::size_t i = 0; i < Encoders::kept; ++i) {
    burst.push_back(encoders.take(loop.worker, Algorithm::gzip));
    EXPECT_TRUE(were.contains(&*burst.back()));
  }
}

}  // namespace
}  // namespace sluice::filters::compress
