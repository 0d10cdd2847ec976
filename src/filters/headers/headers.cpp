#include "filters/headers/headers.hpp"

#include <algorithm>

#include "http/alike.hpp"
#include "sluice/value_of.hpp"

namespace sluice::filters::headers {
namespace {

// How two names are compared.
using Same = bool (*)(std::string_view, std::string_view) noexcept;

bool same_loosely(std::string_view a, std::string_view b) noexcept {
  return http::alike(a, b);
}
bool same_exactly(std::string_view a, std::string_view b) noexcept {
  return http::same_name(a, b);
}

// The changes of one side, made ready.
template <Same same>
class Edit {
 public:
  explicit Edit(const Changes& changes);

  bool empty() const noexcept { return doomed_.empty() && lines_.empty(); }
  void apply(Fields& fields, Exchange& x) const;

 private:
  struct Line {
    FieldId id;
    std::string name;
    FieldTemplate text;
  };

  bool is_doomed(const Field& f) const noexcept {
    return std::ranges::any_of(doomed_, [&](auto& name) { return same(f.name, name); });
  }

  std::vector<std::string> doomed_;  // removed, or replaced
  std::vector<Line> lines_;
};

template <Same same>
Edit<same>::Edit(const Changes& changes) : doomed_(changes.remove) {
  for (auto& [name, text] : changes.set) {
    doomed_.push_back(name);
    lines_.push_back({field_id(name), name, text});
  }
  for (auto& [name, texts] : changes.add)
    for (auto& text : texts) lines_.push_back({field_id(name), name, text});
}

// Texts first: a value may be made of a field that is replaced.
template <Same same>
void Edit<same>::apply(Fields& fields, Exchange& x) const {
  using View = std::string_view;
  auto* texts = static_cast<View*>(x.arena.take(lines_.size() * sizeof(View), alignof(View)));
  for (std::size_t i = 0; i < lines_.size(); ++i) std::construct_at(texts + i, text_of(lines_[i].text, x));
  if (!doomed_.empty()) fields.remove_if([this](const Field& f) { return is_doomed(f); });
  for (std::size_t i = 0; i < lines_.size(); ++i)
    if (!texts[i].empty()) fields.add(lines_[i].id, lines_[i].name, texts[i]);
}

class Headers final : public Filter {
 public:
  using Settings = headers::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::transform; }
  Headers(const Settings& s, FilterContext&) : request_(s.request), response_(s.response) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    if (!request_.empty()) request_.apply(x.request.fields, x);
    if (!response_.empty())
      x.on_response([this](Exchange& y) -> Eventual<Unit> {
        response_.apply(y.response.fields, y);
        return Unit{};
      });
    return Verdict::proceed;
  }

 private:
  Edit<same_loosely> request_;
  Edit<same_exactly> response_;
};

}  // namespace

FilterKind headers_filter() {
  return filter_kind<Headers>("headers", {.repeatable = true});
}

}  // namespace sluice::filters::headers
