#include "http/entity_tag.hpp"

#include "http/chars.hpp"

namespace sluice::http {
namespace {

// RFC 9110 §8.8.3: etagc, which is everything visible but a quote.
constexpr bool is_etagc(char c) noexcept {
  return c != '"' && c != ' ' && c != '\t' && is_text(c);
}

std::size_t opaque_end(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size() && is_etagc(text[i])) ++i;
  return i;
}

// Takes a tag off the front of `text`; empty, and nothing taken, where there is none.
std::optional<EntityTag> take_tag(std::string_view& text) noexcept {
  auto rest = text;
  bool weak = rest.starts_with("W/\"") || rest.starts_with("w/\"");
  if (weak) rest.remove_prefix(2);
  if (!rest.starts_with('"')) return std::nullopt;
  rest.remove_prefix(1);
  auto size = opaque_end(rest);
  if (size == rest.size() || rest[size] != '"') return std::nullopt;
  text = rest.substr(size + 1);
  return EntityTag{rest.substr(0, size), weak};
}

std::optional<EntityTag> take_bare_tag(std::string_view& text) noexcept {
  auto bare = text.substr(0, text.find(','));
  auto tag = trim(bare);
  if (tag.empty() || tag == "*" || opaque_end(tag) != tag.size()) return std::nullopt;
  text.remove_prefix(bare.size());
  return EntityTag{tag, false};
}

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}
void skip_separators(std::string_view& text) noexcept {
  while (!text.empty() && (is_blank(text.front()) || text.front() == ',')) text.remove_prefix(1);
}

std::optional<EntityTag> next_tag(std::string_view& list) noexcept {
  skip_separators(list);
  auto tag = take_tag(list);
  if (!tag) tag = take_bare_tag(list);
  skip_blanks(list);
  return list.empty() || list.front() == ',' ? tag : std::nullopt;
}

}  // namespace

std::optional<EntityTag> read_entity_tag(std::string_view text) noexcept {
  text = trim(text);
  auto tag = take_tag(text);
  if (!tag && text.find(',') == text.npos) tag = take_bare_tag(text);
  return text.empty() ? tag : std::nullopt;
}

bool strongly_equal(const EntityTag& a, const EntityTag& b) noexcept {
  return !a.weak && !b.weak && a.opaque == b.opaque;
}

bool weakly_equal(const EntityTag& a, const EntityTag& b) noexcept {
  return a.opaque == b.opaque;
}

bool lists_any(const Fields& fields, FieldId id) noexcept {
  for (auto& f : fields)
    if (f.id == id && f.value == "*") return true;
  return false;
}

bool listed(const Fields& fields, FieldId id, const EntityTag& tag, TagComparison equal) noexcept {
  for (auto& f : fields) {
    if (f.id != id) continue;
    if (f.value == "*") return true;
    auto list = f.value;
    while (auto other = next_tag(list))
      if (equal(tag, *other)) return true;
  }
  return false;
}

}  // namespace sluice::http
