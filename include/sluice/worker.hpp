// What a piece of code that runs for a request may ask of the worker that it runs on. Everything here belongs
// to one thread; the mailbox alone may be used from others.
#pragma once
#include <memory>
#include <vector>

#include "sluice/scope.hpp"
#include "sluice/timers.hpp"

namespace sluice {

class Mailbox;

struct Worker {
  unsigned index;  // 0 .. workers-1
  Timers& timers;
  Mailbox& mailbox;
  Scope& background;  // owns what outlives a client: fills, revalidations, mirrors. Drain waits for it
};

// One value for each worker, in a cache line of its own: state of a filter that is shared by all workers.
template <class T>
class WorkerLocal {
 public:
  explicit WorkerLocal(unsigned workers) : cells_(workers) {}
  T& at(const Worker& w) noexcept { return cells_[w.index].value; }
  const T& at(const Worker& w) const noexcept { return cells_[w.index].value; }

 private:
  struct alignas(64) Cell {
    T value;
  };
  std::vector<Cell> cells_;
};

}  // namespace sluice
