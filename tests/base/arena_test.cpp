#include "sluice/arena.hpp"

#include <gtest/gtest.h>

using sluice::Arena;

TEST(Arena, AlignsAndSurvivesGrowth) {
  Arena arena;
  std::vector<std::string_view> copies;
  for (int i = 0; i < 3000; ++i) {
    copies.push_back(arena.copy(std::to_string(i)));
    auto* n = arena.make<std::uint64_t>(static_cast<std::uint64_t>(i));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(n) % alignof(std::uint64_t), 0u);
  }
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(copies[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST(Arena, GivesTheSameMemoryAgainAfterReset) {
  Arena arena;
  void* first = arena.take(100);
  for (int i = 0; i < 100; ++i) arena.take(1000);
  arena.reset();
  EXPECT_EQ(arena.take(100), first);
}

TEST(Arena, TakesMoreThanABlock) {
  Arena arena;
  auto* big = arena.bytes(1 << 20);
  big[(1 << 20) - 1] = 'x';
  EXPECT_EQ(arena.concat({"a", "", "bc"}), "abc");
}
