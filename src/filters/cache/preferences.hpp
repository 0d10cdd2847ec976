// The members of a list in which a client says how much it likes each: Accept-Encoding, Accept-Language.
//
//   Preferences languages;
//   if (languages.read(request.fields, FieldId::accept_language))
//     for (auto& member : languages.members()) ...
#pragma once
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "http/chars.hpp"
#include "http/content_coding.hpp"
#include "http/weighted.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::cache {

// Each name once, the first that stands there; codings in one spelling.
class Preferences {
 public:
  static constexpr std::size_t most = 16;

  // All lines together. False: a member is malformed, or there are more than `most`.
  bool read(const Fields& request, FieldId id) noexcept {
    for (auto& f : request) {
      if (f.id != id) continue;
      for (auto list = f.value; !list.empty();)
        if (auto member = http::next_member(list); !member.empty() && !add(member, id)) return false;
    }
    return true;
  }
  std::span<http::Weighted> members() noexcept { return {all_.data(), count_}; }
  const http::Weighted* find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (http::same_name(all_[i].value, name)) return &all_[i];
    return nullptr;
  }

 private:
  bool add(std::string_view text, FieldId id) noexcept {
    auto member = http::read_weighted(text);
    if (!member || count_ == most) return false;
    if (id == FieldId::accept_encoding) member->value = in_one_spelling(member->value);
    if (!find(member->value)) all_[count_++] = *member;
    return true;
  }
  static std::string_view in_one_spelling(std::string_view name) noexcept {
    auto coding = http::coding_of(name);
    return coding ? http::name_of(*coding) : name;
  }

  std::array<http::Weighted, most> all_;
  std::size_t count_ = 0;
};

}  // namespace sluice::filters::cache
