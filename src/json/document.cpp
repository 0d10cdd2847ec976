#include "json/document.hpp"

#include <algorithm>
#include <cstring>

#include "json/reader.hpp"
#include "json/scan.hpp"

namespace sluice::json {
namespace {

constexpr std::size_t usual = 256 * 1024;
constexpr std::size_t largest = 1u << 31;

}  // namespace

const Node* Node::find(std::string_view name) const noexcept {
  if (!is(Kind::object)) return nullptr;
  for (const Node* key = first(); key != end(); key = key[1].next())
    if (key->text() == name) return key + 1;
  return nullptr;
}

const Node* Node::at(std::size_t index) const noexcept {
  if (!is(Kind::array) || index >= size) return nullptr;
  const Node* element = first();
  while (index--) element = element->next();
  return element;
}

// A node takes two bytes of text, but for what is open: "[[[".
void Document::make_room(std::size_t text) {
  if (text <= capacity_) return;
  auto taken = std::max<std::size_t>(text, 4096);
  text_ = std::make_unique_for_overwrite<char[]>(taken + padding);
  nodes_ = std::make_unique_for_overwrite<Node[]>(taken / 2 + 2);
  capacity_ = taken;
}

bool Document::take(std::string_view text, const Limits& limits) {
  if (text.size() > largest) return false;
  make_room(text.size() + 2 * limits.depth);
  std::memcpy(text_.get(), text.data(), text.size());
  std::memset(text_.get() + text.size(), 0, padding);
  return true;
}

std::optional<Fault> Document::read(std::string_view text, const Limits& limits) {
  if (!take(text, limits)) return Fault{Fault::Kind::limit, "the text is too long", 0};
  return Reader(*this, text.size(), limits).read();
}

void Document::trim() noexcept {
  if (capacity_ <= usual) return;
  capacity_ = 0;
  text_.reset();
  nodes_.reset();
  names_ = {};
}

}  // namespace sluice::json
