#include "base/frame_pool.hpp"

#include <cstdlib>
#include <new>

#include "sluice/frame.hpp"

namespace sluice {
namespace base {
namespace {

constinit thread_local FramePool* here = nullptr;

// Under a sanitizer every frame is its own allocation, or use after free would go unseen.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool recycles = false;
#else
constexpr bool recycles = true;
#endif

constexpr std::size_t class_of(std::size_t size) noexcept {
  return (size + FramePool::granule - 1) / FramePool::granule;
}

void* from_heap(std::size_t size) {
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}

}  // namespace

FramePool::~FramePool() {
  for (auto& list : free_)
    while (auto* node = list.first) {
      list.first = node->next;
      std::free(node);
    }
}

FramePool::Here::Here(FramePool& pool) noexcept : before_(here) {
  here = &pool;
}
FramePool::Here::~Here() {
  here = before_;
}

void* FramePool::allocate(std::size_t size_class) {
  auto& list = free_[size_class];
  if (auto* node = list.first) {
    list.first = node->next;
    --list.size;
    return node;
  }
  return from_heap(size_class * granule);
}

void FramePool::release(void* p, std::size_t size_class) noexcept {
  auto& list = free_[size_class];
  if (list.size == kept) return std::free(p);
  list.first = new (p) Node{list.first};
  ++list.size;
}

}  // namespace base

void* frame_allocate(std::size_t size) {
  auto size_class = base::class_of(size);
  if (base::recycles && base::here && size_class < base::FramePool::classes)
    return base::here->allocate(size_class);
  return base::from_heap(size_class * base::FramePool::granule);
}

void frame_release(void* p, std::size_t size) noexcept {
  auto size_class = base::class_of(size);
  if (base::recycles && base::here && size_class < base::FramePool::classes)
    return base::here->release(p, size_class);
  std::free(p);
}

}  // namespace sluice
