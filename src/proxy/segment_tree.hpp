// SegmentTree: many path patterns (and hosts) as one tree, whose literal steps all lie in one hash table.
// What a node costs does not depend on how many siblings it has.
//
//   SegmentTree tree;
//   auto node = tree.child(tree.root(), "users");       // building: made where it is not there
//   tree.capture(node) ...
//   tree.walk(node, "/users/42", values, visitor);       // in the order of specificity
//
// A walk enters a node at most once, since a node has one way to it: going back after a dead end is bounded
// by the number of patterns that share the path's beginning.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proxy {

class SegmentTree {
 public:
  using Node = std::uint32_t;
  static constexpr Node none = ~Node{0};

  // Offered the items of one node; true ends the walk.
  class Visitor {
   public:
    virtual bool visit(std::span<const std::uint32_t> items, std::size_t captured) = 0;

   protected:
    ~Visitor() = default;
  };

  SegmentTree();

  Node root() const noexcept { return 0; }
  Node find(Node parent, std::string_view literal) const noexcept;

  // ---- building
  Node child(Node parent, std::string_view literal);
  Node capture(Node parent);
  void add_here(Node node, std::uint32_t item);  // the path ends here
  void add_rest(Node node, std::uint32_t item);  // here and everything below
  // Puts the items of every node into the order in which they are offered.
  template <class Before>
  void sort(Before before);
  std::size_t depth() const noexcept { return depth_; }

  // `path` starts with '/'. `values` has room for depth() + 1 captures; those of a pattern are in it, in
  // their order, when its item is visited: a rest that has no name is one too.
  bool walk(Node from, std::string_view path, std::span<std::string_view> values, Visitor& visitor) const;

 private:
  struct NodeData {
    std::vector<std::uint32_t> here;
    std::vector<std::uint32_t> rest;
    Node capture = none;
    std::uint32_t depth = 0;
    bool has_literals = false;
  };
  struct Edge {
    std::string literal;
    Node parent = none;
    Node child = none;
  };
  struct Step;

  static std::size_t hash(Node parent, std::string_view literal) noexcept;
  bool descend(const Step& step, Node node, std::string_view left, std::size_t captured) const;
  Node add_node(Node parent);
  void grow();

  std::vector<NodeData> nodes_;
  std::vector<Edge> edges_;  // open addressing; a power of two
  std::size_t used_ = 0;
  std::uint32_t depth_ = 0;
};

template <class Before>
void SegmentTree::sort(Before before) {
  for (auto& node : nodes_) {
    std::stable_sort(node.here.begin(), node.here.end(), before);
    std::stable_sort(node.rest.begin(), node.rest.end(), before);
  }
}

}  // namespace sluice::proxy
