// Other forms of a stored body (sluice/stored_forms.hpp), in a chain that only grows, so that a look at it
// takes no lock. Their bytes count against the bound for as long as anybody holds them.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "filters/cache/memory_bound.hpp"

namespace sluice::filters::cache {

class KeptForms {
 public:
  using Bytes = std::shared_ptr<const std::string>;

  KeptForms() = default;
  KeptForms(const KeptForms&) = delete;
  ~KeptForms();

  Bytes form(std::string_view name) const noexcept;
  // The first of a name stays; what finds no room is not kept.
  void keep(MemoryBound& bound, std::string_view name, Bytes bytes);

 private:
  struct Kept {
    Charge charge;
    std::string name;
    Bytes bytes;
  };
  struct Form {
    std::shared_ptr<const Kept> kept;
    const Form* next = nullptr;
  };

  std::atomic<const Form*> first_{nullptr};
};

}  // namespace sluice::filters::cache
