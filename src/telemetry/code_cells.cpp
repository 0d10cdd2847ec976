#include "telemetry/code_cells.hpp"

namespace sluice::telemetry {

CodeCells::~CodeCells() {
  for (auto* block = first_.next.load(std::memory_order_relaxed); block != nullptr;) {
    auto* next = block->next.load(std::memory_order_relaxed);
    delete block;
    block = next;
  }
}

CodeCells::Block* CodeCells::Block::extend() {
  auto* block = new Block();
  next.store(block, std::memory_order_release);
  return block;
}

}  // namespace sluice::telemetry
