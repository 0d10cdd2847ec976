#include "sluice/http.hpp"

#include <algorithm>
#include <cassert>
#include <memory>

#include "http/chars.hpp"

namespace sluice {

namespace {

constexpr std::uint16_t max_fields = 0xffff;

}  // namespace

std::string_view Fields::get(FieldId id) const noexcept {
  for (auto& f : *this)
    if (f.id == id) return f.value.data() ? f.value : std::string_view("", 0);
  return {};
}

std::string_view Fields::get(std::string_view name) const noexcept {
  auto id = field_id(name);
  if (id != FieldId::other) return get(id);
  for (auto& f : *this)
    if (f.id == FieldId::other && http::same_name(f.name, name))
      return f.value.data() ? f.value : std::string_view("", 0);
  return {};
}

std::size_t Fields::count(FieldId id) const noexcept {
  return static_cast<std::size_t>(std::count_if(begin(), end(), [id](const Field& f) { return f.id == id; }));
}

void Fields::grow() {
  assert(capacity_ < max_fields);
  auto capacity = std::min<std::uint16_t>(max_fields, capacity_ ? capacity_ * 2 : 16);
  auto* larger = static_cast<Field*>(arena_->take(capacity * sizeof(Field), alignof(Field)));
  std::uninitialized_copy_n(fields_, size_, larger);
  fields_ = larger;
  capacity_ = capacity;
}

void Fields::set(FieldId id, std::string_view name, std::string_view value) {
  if (id == FieldId::other)
    remove(name);
  else
    remove(id);
  add(id, name, value);
}

void Fields::remove(FieldId id) noexcept {
  remove_if([id](const Field& f) { return f.id == id; });
}

void Fields::remove(std::string_view name) noexcept {
  auto id = field_id(name);
  if (id != FieldId::other) return remove(id);
  remove_if([name](const Field& f) { return f.id == FieldId::other && http::same_name(f.name, name); });
}

}  // namespace sluice
