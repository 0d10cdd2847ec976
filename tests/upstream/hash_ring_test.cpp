#include "upstream/hash_ring.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

using namespace sluice::upstream;

namespace {

struct Named {
  std::vector<std::string> names;
  std::vector<HashRing::Part> parts;
};

Named servers(unsigned count, std::uint32_t weight = 1) {
  Named n;
  for (unsigned i = 1; i <= count; ++i) n.names.push_back("10.0.0." + std::to_string(i) + ":8080");
  for (auto& name : n.names) n.parts.push_back({name, weight});
  return n;
}

// Who each of so many keys belongs to, by name.
std::vector<std::string_view> owners(std::span<const HashRing::Part> parts, int keys) {
  HashRing ring(parts);
  std::vector<std::string_view> all;
  for (int i = 0; i < keys; ++i)
    all.push_back(parts[ring.owner(ring.at(hash_of("key-" + std::to_string(i))))].name);
  return all;
}

std::map<std::string_view, int> shares(std::span<const HashRing::Part> parts, int keys) {
  std::map<std::string_view, int> by_name;
  for (auto name : owners(parts, keys)) ++by_name[name];
  return by_name;
}

constexpr int keys = 50'000;

}  // namespace

TEST(HashRing, GivesEachItsShare) {
  auto ten = servers(10);
  for (auto& [name, count] : shares(ten.parts, keys)) EXPECT_NEAR(count, keys / 10, keys / 10 * 0.25) << name;
}

TEST(HashRing, GivesByWeight) {
  auto four = servers(4);
  four.parts[3].weight = 3;
  auto by_name = shares(four.parts, keys);
  EXPECT_NEAR(by_name[four.names[3]], keys / 2, keys / 2 * 0.15);
}

TEST(HashRing, WhenOneGoesOnlyItsKeysMoveAndToAllOthers) {
  auto ten = servers(10);
  auto before = owners(ten.parts, keys);
  auto gone = ten.names[4];
  ten.parts.erase(ten.parts.begin() + 4);
  auto after = owners(ten.parts, keys);
  std::map<std::string_view, int> heirs;
  int moved = 0;
  for (int i = 0; i < keys; ++i) {
    if (before[i] == after[i]) continue;
    EXPECT_EQ(before[i], gone);
    ++moved;
    ++heirs[after[i]];
  }
  EXPECT_LE(moved, keys / 10 * 1.5);
  EXPECT_EQ(heirs.size(), 9u);
}

TEST(HashRing, WhenOneComesItTakesNoMoreThanItsShare) {
  auto ten = servers(10), more = servers(11);
  auto before = owners(ten.parts, keys);
  auto after = owners(more.parts, keys);
  int moved = 0;
  for (int i = 0; i < keys; ++i) {
    if (before[i] == after[i]) continue;
    EXPECT_EQ(after[i], more.names[10]);
    ++moved;
  }
  EXPECT_LE(moved, keys / 11 * 1.5);
}

TEST(HashRing, HangsOnNamesNotOnTheirOrder) {
  auto ten = servers(10);
  auto before = owners(ten.parts, 1000);
  std::reverse(ten.parts.begin(), ten.parts.end());
  EXPECT_EQ(owners(ten.parts, 1000), before);
}

// The same for ever: a new release must not move keys.
TEST(HashRing, HashesAsItAlwaysDid) {
  EXPECT_EQ(hash_of(""), 0xf68cf5ff80a57979u);
  EXPECT_EQ(hash_of("tenant-1"), 0x404149f8dbb3c029u);
}

TEST(HashRing, StaysSmallHoweverLargeWeightsAre) {
  auto heavy = servers(50, 1000);
  HashRing ring(heavy.parts);
  EXPECT_LE(ring.size(), HashRing::most_points);
  EXPECT_GT(ring.size(), HashRing::most_points / 4);
}

TEST(HashRing, IsEmptyWithoutParts) {
  EXPECT_EQ(HashRing(std::span<const HashRing::Part>()).size(), 0u);
}

TEST(HashRing, GoesRound) {
  auto two = servers(2);
  HashRing ring(two.parts);
  EXPECT_EQ(ring.at(~std::uint64_t{0}), 0u);
  EXPECT_EQ(ring.after(ring.size() - 1), 0u);
}
