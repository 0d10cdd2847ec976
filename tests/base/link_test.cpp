#include "sluice/link.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace sluice {
namespace {

using ::testing::ElementsAre;

struct Node : Link {
  int name;
  explicit Node(int n) : name(n) {}
};

std::vector<int> names(Link& head) {
  std::vector<int> all;
  for (auto* l = head.next(); l != &head; l = l->next()) all.push_back(static_cast<Node*>(l)->name);
  return all;
}

TEST(Link, ANewcomerIsTheLastOrTheFirst) {
  Link head;
  Node a(1), b(2), c(3);
  head.push_back(a);
  head.push_back(b);
  head.push_front(c);
  EXPECT_THAT(names(head), ElementsAre(3, 1, 2));
}

TEST(Link, WhoStoodThereBeforeMoves) {
  Link head;
  Node a(1), b(2);
  head.push_back(a);
  head.push_back(b);
  head.push_back(a);
  EXPECT_THAT(names(head), ElementsAre(2, 1));
  head.push_front(a);
  EXPECT_THAT(names(head), ElementsAre(1, 2));
}

TEST(Link, TheFirstStaysTheFirst) {
  Link head;
  Node a(1), b(2);
  head.push_back(a);
  head.push_front(a);
  EXPECT_THAT(names(head), ElementsAre(1));
  head.push_back(b);
  head.push_front(a);
  EXPECT_THAT(names(head), ElementsAre(1, 2));
  head.push_back(b);
  EXPECT_THAT(names(head), ElementsAre(1, 2));
}

TEST(Link, WhoDiesTakesItselfOut) {
  Link head;
  Node a(1);
  {
    Node b(2);
    head.push_back(a);
    head.push_back(b);
  }
  EXPECT_THAT(names(head), ElementsAre(1));
}

}  // namespace
}  // namespace sluice
