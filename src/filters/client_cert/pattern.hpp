// Which names are admitted: a name itself, `*.svc.internal` for one label below, or, of URIs,
// `spiffe://x/ns/*` for everything below a path.
//
//   auto pattern = Pattern::parse("*.svc.internal", Name::san_dns);
//   pattern->matches("orders.svc.internal");           // but neither "svc.internal" nor "a.b.svc.internal"
#pragma once
#include <optional>

#include "filters/client_cert/settings.hpp"

namespace sluice::filters::client_cert {

class Pattern {
 public:
  static std::optional<Pattern> parse(std::string_view text, Name name);

  // DNS names are in lower case, as certificates have them.
  bool matches(std::string_view name) const noexcept;

 private:
  enum class Kind : std::uint8_t { exact, one_label, below };
  Kind kind_ = Kind::exact;
  std::string text_;  // without the asterisk
};

}  // namespace sluice::filters::client_cert
