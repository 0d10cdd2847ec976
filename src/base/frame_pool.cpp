#include "base/frame_pool.hpp"

#include <cstdlib>
#include <new>

namespace sluice {
namespace {

// Under a sanitizer every frame is its own allocation, or use after free would go unseen.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool recycles = false;
#else
constexpr bool recycles = true;
#endif

}  // namespace

namespace base {

FramePool::~FramePool() {
  for (auto& list : lists_.free)
    while (auto* node = list.first) {
      list.first = node->next;
      std::free(node);
    }
}

FramePool::Here::Here(FramePool& pool) noexcept : before_(FrameLists::here) {
  FrameLists::here = recycles ? &pool.lists_ : nullptr;
}
FramePool::Here::~Here() {
  FrameLists::here = before_;
}

}  // namespace base

namespace detail {

void* frame_from_heap(std::size_t size_class) {
  if (void* p = std::malloc(size_class * FrameLists::granule)) return p;
  throw std::bad_alloc();
}

void frame_to_list(void* p, std::size_t size_class) noexcept {
  auto* lists = FrameLists::here;
  if (!lists || size_class >= FrameLists::classes) return std::free(p);
  auto& list = lists->free[size_class];
  if (list.size == base::FramePool::kept) return std::free(p);
  list.first = new (p) FrameLists::Node{list.first};
  ++list.size;
}

}  // namespace detail
}  // namespace sluice
