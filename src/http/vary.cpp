#include "http/vary.hpp"

#include "http/chars.hpp"

namespace sluice::http {
namespace {

bool says(std::string_view list, std::string_view name) noexcept {
  while (!list.empty())
    if (auto member = next_member(list); member == "*" || same_name(member, name)) return true;
  return false;
}

}  // namespace

void vary_on(Fields& fields, std::string_view name) {
  std::string_view before;
  for (auto& f : fields) {
    if (f.id != FieldId::vary) continue;
    if (says(f.value, name)) return;
    if (!f.value.empty()) before = before.empty() ? f.value : fields.arena().concat({before, ", ", f.value});
  }
  fields.set(FieldId::vary, "Vary", before.empty() ? name : fields.arena().concat({before, ", ", name}));
}

}  // namespace sluice::http
