#include "filters/cache/kept_forms.hpp"

namespace sluice::filters::cache {

KeptForms::~KeptForms() {
  for (auto* form = first_.load(std::memory_order_acquire); form;) {
    std::unique_ptr<const Form> gone(form);
    form = form->next;
  }
}

KeptForms::Bytes KeptForms::form(std::string_view name) const noexcept {
  for (auto* form = first_.load(std::memory_order_acquire); form; form = form->next)
    if (form->kept->name == name) return {form->kept, form->kept->bytes.get()};
  return nullptr;
}

void KeptForms::keep(MemoryBound& bound, std::string_view name, Bytes bytes) {
  if (!bytes || form(name)) return;
  Charge charge(bound, heap_size(bytes->capacity()) + heap_size(sizeof(Kept) + 32) + heap_size(sizeof(Form)));
  if (!charge) return;
  auto kept = std::make_shared<const Kept>(Kept{std::move(charge), std::string(name), std::move(bytes)});
  auto form = std::make_unique<Form>(Form{std::move(kept), first_.load(std::memory_order_acquire)});
  while (!first_.compare_exchange_weak(form->next, form.get(), std::memory_order_acq_rel))
    if (this->form(name)) return;
  (void)form.release();
}

}  // namespace sluice::filters::cache
