#include "filters/compress/accepted.hpp"

#include "http/cache_control.hpp"
#include "http/entity_tag.hpp"

namespace sluice::filters::compress {
namespace {

bool same(const http::EntityTag& a, const http::EntityTag& b) noexcept {
  return a == b;
}

}  // namespace

Accepted::Accepted(const Exchange& x) : lines_(x.arena) {
  for (auto& f : x.request.fields)
    if (f.id == FieldId::accept_encoding || f.id == FieldId::if_none_match || f.id == FieldId::cache_control)
      lines_.add(f.id, f.name, f.value);
}

std::optional<Algorithm> Accepted::best(std::span<const http::Coding> offered) const noexcept {
  auto coding = http::choose(http::accepted_codings(lines_), offered);
  for (auto a : {Algorithm::gzip, Algorithm::br, Algorithm::zstd})
    if (coding_of(a) == coding) return a;
  return std::nullopt;
}

bool Accepted::no_transform() const noexcept {
  return says_no_transform(lines_);
}

bool Accepted::holds_weakly(std::string_view text) const noexcept {
  auto tag = http::read_entity_tag(text);
  return tag && http::listed(lines_, FieldId::if_none_match, {tag->opaque, true}, same);
}

bool says_no_transform(const Fields& fields) noexcept {
  return http::read_directives(fields, FieldId::cache_control).no_transform;
}

bool asks_by_date(const Fields& request) noexcept {
  auto condition = request.get(FieldId::if_range);
  return condition.data() && !http::read_entity_tag(condition);
}

}  // namespace sluice::filters::compress
