#include "filters/jwt/challenge.hpp"

namespace sluice::filters::jwt {
namespace {

std::string challenge(std::string_view realm, const FaultRow& row) {
  if (row.status == 503) return {};
  auto text = "Bearer realm=\"" + std::string(realm) + '"';
  if (row.error.empty()) return text;
  ((text += ", error=\"") += row.error) += "\", error_description=\"";
  return (text += row.detail) += '"';
}

}  // namespace

Challenges::Challenges(std::string_view realm) {
  for (std::size_t i = 0; i < faults; ++i) texts_[i] = challenge(realm, row_of(static_cast<Fault>(i)));
}

Verdict Challenges::refuse(Exchange& x, Fault fault) const {
  auto& row = row_of(fault);
  auto verdict = x.refuse(row.status, row.reason);
  x.flags.set(Flag::uaex);
  x.explain(row.detail);
  auto& text = texts_[static_cast<std::size_t>(fault)];
  if (!text.empty()) x.response.fields.add(FieldId::www_authenticate, "WWW-Authenticate", text);
  return verdict;
}

}  // namespace sluice::filters::jwt
