// Fields set, added and taken off, on the request that goes on and on the answer.
//
//   policies:
//     who:
//       headers:
//         request: { set: { X-User: "{principal}" }, remove: [X-Debug] }
//         response: { add: { Server-Timing: "gw;desc={route}" } }
#pragma once
#include <map>

#include "sluice/filter_kind.hpp"
#include "sluice/variable.hpp"

namespace sluice::filters::headers {

// For one side, in this order.
struct Changes {
  std::vector<std::string> remove;
  std::map<std::string, FieldTemplate> set;             // in place of every line of that name
  std::map<std::string, OneOrMany<FieldTemplate>> add;  // besides them

  bool empty() const noexcept { return remove.empty() && set.empty() && add.empty(); }
};

struct RequestChanges : Changes {
  static const Schema& schema();
};
struct ResponseChanges : Changes {
  static const Schema& schema();
};

struct Settings {
  RequestChanges request;
  ResponseChanges response;

  static const Schema& schema();
};

FilterKind headers_filter();

}  // namespace sluice::filters::headers
