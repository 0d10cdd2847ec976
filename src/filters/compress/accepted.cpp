#include "filters/compress/accepted.hpp"

#include "http/cache_control.hpp"
#include "http/entity_tag.hpp"

namespace sluice::filters::compress {
namespace {

std::optional<Algorithm> best(const Fields& request, std::span<const http::Coding> offered) noexcept {
  auto coding = http::choose(http::accepted_codings(request), offered);
  for (auto a : {Algorithm::gzip, Algorithm::br, Algorithm::zstd})
    if (coding_of(a) == coding) return a;
  return std::nullopt;
}

bool same(const http::EntityTag& a, const http::EntityTag& b) noexcept {
  return a == b;
}

}  // namespace

Accepted::Accepted(const Exchange& x, std::span<const http::Coding> offered)
    : algorithm(best(x.request.fields, offered)),
      no_transform(says_no_transform(x.request.fields)),
      held(x.arena) {
  for (auto& f : x.request.fields)
    if (f.id == FieldId::if_none_match) held.add(f.id, f.name, f.value);
}

bool Accepted::holds_weakly(std::string_view text) const noexcept {
  auto tag = http::read_entity_tag(text);
  return tag && http::listed(held, FieldId::if_none_match, {tag->opaque, true}, same);
}

bool says_no_transform(const Fields& fields) noexcept {
  return http::read_directives(fields, FieldId::cache_control).no_transform;
}

void forget_range_by_date(Fields& request) noexcept {
  auto condition = request.get(FieldId::if_range);
  if (!condition.data() || http::read_entity_tag(condition)) return;
  request.remove(FieldId::range);
  request.remove(FieldId::if_range);
}

}  // namespace sluice::filters::compress
