#include "filters/cache/s3_fifo.hpp"

#include <bit>

namespace sluice::filters::cache {
namespace {

std::size_t sets_for(std::size_t most, std::size_t ways) noexcept {
  return std::bit_floor(std::max<std::size_t>(most / ways, 1));
}

}  // namespace

Ghosts::Ghosts(std::size_t most)
    : mask_(sets_for(most, ways) - 1), ghosts_(std::make_unique<Ghost[]>((mask_ + 1) * ways)) {}

std::size_t Ghosts::bytes(std::size_t most) noexcept {
  return sets_for(most, ways) * ways * sizeof(Ghost);
}

void Ghosts::remember(std::uint64_t hash) noexcept {
  if (++now_ == 0) ++now_;
  auto* set = set_of(hash);
  // The distance to now grows with age, also over the counter's end; an empty place is the oldest.
  auto older = [this](const Ghost& a, const Ghost& b) {
    return (a.at ? now_ - a.at : ~0u) > (b.at ? now_ - b.at : ~0u);
  };
  *std::min_element(set, set + ways, older) = {print_of(hash), now_};
}

bool Ghosts::recall(std::uint64_t hash, std::uint64_t window) noexcept {
  auto* set = set_of(hash);
  for (auto* g = set; g != set + ways; ++g) {
    if (g->at == 0 || g->print != print_of(hash)) continue;
    bool recent = now_ - g->at < window;
    *g = {};
    return recent;
  }
  return false;
}

void S3Fifo::add(Node& node, std::uint64_t bytes) noexcept {
  node.weight = bytes;
  // As many are remembered as the main queue holds; at first, when it holds few, as many as there are.
  if (ghosts_.recall(node.hash, std::max(main_.count, small_.count)))
    push(main_, Queue::main, node);
  else
    push(small_, Queue::small, node);
}

void S3Fifo::remove(Node& node) noexcept {
  auto& fifo = node.queue == Queue::small ? small_ : main_;
  node.unlink();
  fifo.bytes -= node.weight;
  --fifo.count;
  node.queue = Queue::none;
}

void S3Fifo::push(Fifo& fifo, Queue queue, Node& node) noexcept {
  fifo.ring.push_back(node);
  fifo.bytes += node.weight;
  ++fifo.count;
  node.queue = queue;
}

}  // namespace sluice::filters::cache
