#include "proxy/segment_tree.hpp"

#include <cstring>

namespace sluice::proxy {

SegmentTree::SegmentTree() : nodes_(1), edges_(16) {}

namespace {

template <class Word>
std::uint64_t load(const char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Up to eight bytes, some of them twice.
std::uint64_t short_word(std::string_view s) noexcept {
  if (s.empty()) return 0;
  if (s.size() >= 4)
    return load<std::uint32_t>(s.data()) << 32 | load<std::uint32_t>(s.data() + s.size() - 4);
  auto byte = [&](std::size_t i) -> std::uint64_t { return static_cast<unsigned char>(s[i]); };
  return byte(0) << 16 | byte(s.size() / 2) << 8 | byte(s.size() - 1);
}

}  // namespace

// Only names of the configuration are in the table, so nobody outside can make its entries collide.
std::size_t SegmentTree::hash(Node parent, std::string_view literal) noexcept {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
  std::uint64_t h = (parent + 1) * factor ^ literal.size();
  for (; literal.size() > 8; literal.remove_prefix(8)) {
    h = (h ^ load<std::uint64_t>(literal.data())) * factor;
    h ^= h >> 32;
  }
  h = (h ^ short_word(literal)) * factor;
  return h ^ h >> 29;
}

SegmentTree::Node SegmentTree::find(Node parent, std::string_view literal) const noexcept {
  if (!nodes_[parent].has_literals) return none;
  auto mask = edges_.size() - 1;
  for (auto i = hash(parent, literal) & mask; edges_[i].child != none; i = (i + 1) & mask)
    if (edges_[i].parent == parent && edges_[i].literal == literal) return edges_[i].child;
  return none;
}

SegmentTree::Node SegmentTree::add_node(Node parent) {
  auto depth = nodes_[parent].depth + 1;
  nodes_.emplace_back().depth = depth;
  depth_ = std::max(depth_, depth);
  return static_cast<Node>(nodes_.size() - 1);
}

SegmentTree::Node SegmentTree::child(Node parent, std::string_view literal) {
  if (auto known = find(parent, literal); known != none) return known;
  if (++used_ * 2 > edges_.size()) grow();
  auto made = add_node(parent);
  nodes_[parent].has_literals = true;
  auto mask = edges_.size() - 1;
  auto i = hash(parent, literal) & mask;
  while (edges_[i].child != none) i = (i + 1) & mask;
  edges_[i] = {std::string(literal), parent, made};
  return made;
}

SegmentTree::Node SegmentTree::capture(Node parent) {
  if (nodes_[parent].capture == none) {
    auto made = add_node(parent);
    nodes_[parent].capture = made;
  }
  return nodes_[parent].capture;
}

void SegmentTree::add_here(Node node, std::uint32_t item) {
  nodes_[node].here.push_back(item);
}

void SegmentTree::add_rest(Node node, std::uint32_t item) {
  nodes_[node].rest.push_back(item);
}

void SegmentTree::grow() {
  std::vector<Edge> before(edges_.size() * 2);
  before.swap(edges_);
  auto mask = edges_.size() - 1;
  for (auto& edge : before) {
    if (edge.child == none) continue;
    auto i = hash(edge.parent, edge.literal) & mask;
    while (edges_[i].child != none) i = (i + 1) & mask;
    edges_[i] = std::move(edge);
  }
}

struct SegmentTree::Step {
  std::span<std::string_view> values;
  Visitor& visitor;
};

bool SegmentTree::walk(Node from, std::string_view path, std::span<std::string_view> values,
                       Visitor& visitor) const {
  return descend(Step{values, visitor}, from, path, 0);
}

// `left` is empty, or starts with the slash before the next segment.
bool SegmentTree::descend(const Step& step, Node at, std::string_view left, std::size_t captured) const {
  auto& node = nodes_[at];
  if (left.empty()) {
    if (!node.here.empty() && step.visitor.visit(node.here, captured)) return true;
  } else {
    auto slash = left.find('/', 1);
    auto segment = left.substr(1, slash == left.npos ? left.npos : slash - 1);
    auto below = slash == left.npos ? std::string_view() : left.substr(slash);
    if (auto next = find(at, segment); next != none && descend(step, next, below, captured)) return true;
    if (node.capture != none && !segment.empty()) {
      step.values[captured] = segment;
      if (descend(step, node.capture, below, captured + 1)) return true;
    }
  }
  if (node.rest.empty()) return false;
  step.values[captured] = left.substr(left.empty() ? 0 : 1);
  return step.visitor.visit(node.rest, captured + 1);
}

}  // namespace sluice::proxy
