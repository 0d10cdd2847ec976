// Which client addresses may ask at all.
//
//   policies:
//     office: { ip: { allow: [10.0.0.0/8], deny: [10.6.6.6] } }
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::ip {

struct Settings {
  OneOrMany<Cidr> allow;  // empty: everybody who is not denied
  OneOrMany<Cidr> deny;   // stands over allow

  static const Schema& schema();
};

FilterKind ip_filter();

}  // namespace sluice::filters::ip
