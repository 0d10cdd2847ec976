#include "filters/cache/stored_response.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <new>

#include "filters/cache/body_reader.hpp"

namespace sluice::filters::cache {
namespace {

template <class T>
bool fits(std::size_t n) noexcept {
  return n <= std::numeric_limits<T>::max();
}

bool is_storable(const CacheKey& key, const StoredHead& head) noexcept {
  auto fits_line = [](const Field& f) {
    return fits<std::uint8_t>(f.name.size()) && fits<std::uint16_t>(f.value.size());
  };
  return fits<std::uint16_t>(key.text.size()) && fits<std::uint16_t>(head.variant.size()) &&
         fits<std::uint16_t>(head.tags.size()) && std::ranges::all_of(head.fields, fits_line);
}

std::span<StoredBody::Slot> make_slots(char* at, std::size_t count) noexcept {
  auto* slots = reinterpret_cast<StoredBody::Slot*>(at);
  std::uninitialized_value_construct_n(slots, count);
  return {slots, count};
}

char* put(char* to, std::string_view text) noexcept {
  return std::copy_n(text.data(), text.size(), to);
}

}  // namespace

// What stands behind the object, in this order: tags, slots, lines, text, body.
struct StoredResponse::Layout {
  std::size_t tags, slots = 0, lines, text, body = 0;

  Layout(const CacheKey& key, const StoredHead& head) noexcept
      : tags(head.tags.size()), lines(head.fields.size()), text(key.text.size() + head.variant.size()) {
    for (auto& f : head.fields) text += f.name.size() + f.value.size();
    for (auto tag : head.tags) text += tag.size();
  }
  std::size_t slots_at() const noexcept { return tags * sizeof(Tag); }
  std::size_t lines_at() const noexcept { return slots_at() + slots * sizeof(StoredBody::Slot); }
  std::size_t text_at() const noexcept { return lines_at() + lines * sizeof(StoredFields::Line); }
  std::size_t size() const noexcept { return sizeof(StoredResponse) + text_at() + text + body; }
};

std::string_view StoredFields::get(FieldId id) const noexcept {
  for (Field f : *this)
    if (f.id == id) return f.value;
  return {};
}

StoredResponse::Ptr StoredResponse::make(MemoryBound& bound, const CacheKey& key, const StoredHead& head,
                                         std::uint64_t most) {
  Layout layout(key, head);
  if (head.length != unknown_length)
    layout.body = head.length;
  else
    layout.slots = std::max<std::size_t>((most + StoredBody::block - 1) / StoredBody::block,
                                         StoredBody::window / StoredBody::block + 1);
  return make(bound, key, head, layout, nullptr);
}

StoredResponse::Ptr StoredResponse::make(MemoryBound& bound, const CacheKey& key, const StoredHead& head,
                                         const StoredPtr& body_of) {
  return make(bound, key, head, Layout(key, head), body_of->body_of_ ? body_of->body_of_ : body_of);
}

StoredResponse::Ptr StoredResponse::in_one_piece(MemoryBound& bound, const StoredResponse& from) {
  Arena arena;
  Fields fields(arena);
  for (Field f : from.fields()) fields.add(f.id, f.name, f.value);
  std::vector<std::string_view> tags;
  for (auto& tag : const_cast<StoredResponse&>(from).tags()) tags.push_back(tag.name());
  StoredHead head{from.status_, fields, from.length(), from.variant(), from.freshness_, from.received_, tags};
  auto made = make(bound, from.key(), head, 0);
  if (made) made->own_body_.copy(from.body());
  return made;
}

StoredResponse::Ptr StoredResponse::make(MemoryBound& bound, const CacheKey& key, const StoredHead& head,
                                         const Layout& layout, const StoredPtr& body_of) {
  auto charge = charge_of(layout.size());
  if (!is_storable(key, head) || !bound.take(charge)) return nullptr;
  void* memory = allocate(charge);
  if (!memory) return bound.give_back(charge), nullptr;
  return Ptr(new (memory) StoredResponse(bound, key, head, layout, body_of));
}

StoredResponse::StoredResponse(MemoryBound& bound, const CacheKey& key, const StoredHead& head,
                               const Layout& layout, const StoredPtr& body_of) noexcept
    : status_(head.status),
      key_size_(static_cast<std::uint16_t>(key.text.size())),
      url_size_(static_cast<std::uint16_t>(key.url)),
      variant_size_(static_cast<std::uint16_t>(head.variant.size())),
      lines_(static_cast<std::uint16_t>(layout.lines)),
      tags_(static_cast<std::uint16_t>(layout.tags)),
      charge_(static_cast<std::uint32_t>(charge_of(layout.size()) / 16)),
      freshness_(head.freshness),
      received_(head.received),
      body_of_(body_of),
      own_body_(layout.slots ? StoredBody(bound, make_slots(behind(layout.slots_at()), layout.slots))
                             : StoredBody(bound, {behind(layout.text_at() + layout.text), layout.body})) {
  auto* to = behind(layout.text_at());
  to = put(put(to, key.text), head.variant);
  copy_tags(copy_fields(to, head.fields), head.tags);
}

StoredResponse::~StoredResponse() = default;

char* StoredResponse::copy_fields(char* to, const Fields& fields) noexcept {
  auto* line = const_cast<StoredFields::Line*>(lines());
  for (auto& f : fields) {
    std::construct_at(line++, StoredFields::Line{f.id, static_cast<std::uint8_t>(f.name.size()),
                                                 static_cast<std::uint16_t>(f.value.size())});
    to = put(put(to, f.name), f.value);
  }
  return to;
}

char* StoredResponse::copy_tags(char* to, std::span<const std::string_view> names) noexcept {
  auto* tag = reinterpret_cast<Tag*>(behind(0));
  for (auto name : names) {
    auto* t = std::construct_at(tag++);
    t->owner = this;
    t->text = to;
    t->size = static_cast<std::uint32_t>(name.size());
    to = put(to, name);
  }
  return to;
}

void StoredResponse::destroy(StoredResponse* r) noexcept {
  auto& bound = r->own_body_.bound();
  auto charge = r->charge();
  r->~StoredResponse();
  release(r, charge);
  bound.give_back(charge);
}

const StoredFields::Line* StoredResponse::lines() const noexcept {
  return reinterpret_cast<const StoredFields::Line*>(
      behind(tags_ * sizeof(Tag) + own_body_.slots() * sizeof(StoredBody::Slot)));
}

std::span<StoredResponse::Tag> StoredResponse::tags() noexcept {
  return {reinterpret_cast<Tag*>(behind(0)), tags_};
}

StoredFields StoredResponse::fields() const noexcept {
  return {{lines(), lines_}, text() + key_size_ + variant_size_};
}

BodyPtr StoredResponse::reader(Worker& worker, std::uint64_t from, std::uint64_t size) const {
  return BodyReader::open(StoredPtr(this), worker, from, size);
}

std::shared_ptr<const std::string> StoredResponse::form(std::string_view name) const {
  return body().forms.form(name);
}

void StoredResponse::keep(std::string_view name, std::shared_ptr<const std::string> bytes) const {
  body().forms.keep(body().bound(), name, std::move(bytes));
}

}  // namespace sluice::filters::cache
