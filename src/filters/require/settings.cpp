#include <algorithm>

#include "filters/require/require.hpp"

namespace sluice::filters::require {
namespace {

// RFC 6749 §3.3; it also means that a scope can stand in a challenge as it is.
bool is_scope(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void check_demand(const Demand& demand, Faults& faults) {
  for (auto& scope : demand.scopes)
    if (!is_scope(scope))
      faults.add("scopes", "'" + scope + "' is no scope: visible ASCII without '\"' and '\\'");
  for (auto& role : demand.roles)
    if (role.empty()) faults.add("roles", "a role has a name");
  for (auto& [path, values] : demand.claims)
    if (path.empty() || values.empty())
      faults.add("claims", "expected the path of a claim and at least one value");
}

template <class T, class M>
M T::*of(M Demand::*member) {
  return member;
}

// The members of Demand, for a struct that is one.
template <class T>
Description<T> describe_demand(std::string_view doc) {
  return describe<T>(doc)
      .member("scopes", of<T>(&Demand::scopes), "Scopes, all of which the caller must have.")
      .member("roles", of<T>(&Demand::roles), "Roles, all of which the caller must have.")
      .member("claims", of<T>(&Demand::claims),
              "Claims by dotted path, each with the values of which the caller must have one.");
}

}  // namespace

const Schema& Demand::schema() {
  static const Schema s = describe_demand<Demand>("What a caller must have, all of it.")
                              .check([](const Demand& demand, Faults& faults) {
                                if (demand.empty()) faults.add("", "demands nothing");
                                check_demand(demand, faults);
                              });
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe_demand<Settings>("What the caller must have, once it is known: all of it, and one of `any`.")
          .member("any", &Settings::any, "Demands of which one has to be met, besides the rest.")
          .check([](const Settings& settings, Faults& faults) {
            if (settings.empty() && settings.any.empty()) faults.add("", "demands nothing");
            if (settings.any.size() == 1)
              faults.add("any", "a choice of one is none: write it without 'any'");
            check_demand(settings, faults);
          });
  return s;
}

}  // namespace sluice::filters::require
