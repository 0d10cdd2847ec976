// Kinds of filters that only have a place in the order, one for each way in which kinds differ.
#pragma once
#include <array>

#include "server/filters.hpp"

namespace sluice::server::testing {

struct FakeSettings {
  bool set = false;
  std::string password;
  static const Schema& schema() {
    static const Schema s = describe<FakeSettings>("Nothing.")
                                .member("set", &FakeSettings::set, "Nothing.")
                                .member("password", &FakeSettings::password, "A secret.", secret);
    return s;
  }
};

class FakeFilter final : public Filter {
 public:
  Eventual<Verdict> on_request(Exchange&) const override { return Verdict::proceed; }
};

template <Phase phase>
FilterKind fake_kind(std::string_view name, FilterTraits traits) {
  return {filter_schema<FakeSettings>(name, traits), [](const void*) { return phase; },
          [](const void*, FilterContext&) -> std::shared_ptr<const Filter> {
            return std::make_shared<FakeFilter>();
          }};
}

// gate decides; who guards, and there may be several; paint does neither.
inline const std::array fake_kinds = {
    fake_kind<Phase::edge>("gate", {.decides = true}),
    fake_kind<Phase::identity>("who", {.decides = true, .guards = true, .repeatable = true}),
    fake_kind<Phase::transform>("paint", {})};
inline const std::array fake_schemas = {fake_kinds[0].schema, fake_kinds[1].schema, fake_kinds[2].schema};

}  // namespace sluice::server::testing
