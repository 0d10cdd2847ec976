// Which other sites' scripts may use an API from a browser (Fetch, "CORS protocol").
//
//   policies:
//     app: { cors: { origins: ["https://app.example.com", "https://*.example.org"], methods: [GET, PUT] } }
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::cors {

struct Settings {
  OneOrMany<std::string> origins;
  OneOrMany<std::string> methods = {"GET", "HEAD", "POST"};
  OneOrMany<std::string> headers;  // of requests, besides those that need no leave
  OneOrMany<std::string> expose;   // of answers
  bool credentials = false;
  std::optional<Duration> max_age;  // absent: the browser's own, five seconds

  static const Schema& schema();
};

FilterKind cors_filter();

}  // namespace sluice::filters::cors
