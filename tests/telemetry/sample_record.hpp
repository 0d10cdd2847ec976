// A record with everything in it.
#pragma once
#include "telemetry/access_record.hpp"

namespace sluice::telemetry {

inline AccessRecord sample_record() {
  using namespace std::chrono_literals;
  AccessRecord r;
  r.time = WallPoint{1'700'000'000s + 123'456us};
  r.request_id = "018bcfe5-687b-7001-8000-002800003f02";
  r.client = "203.0.113.9";
  r.listener = "public";
  r.protocol = "HTTP/1.1";
  r.tls = "TLSv1.3";
  r.method = "GET";
  r.scheme = "https";
  r.host = "api.example.com";
  r.path = "/v1/users/42";
  r.query = "page=2";
  r.status = 200;
  r.source = Source::upstream;
  r.route = "get-user";
  r.upstream = "users";
  r.endpoint = "http://10.0.0.11:8080";
  r.attempts = 2;
  r.received = 0;
  r.sent = 5120;
  r.duration = 4321us;
  r.phases = {.head = 12us, .filters = 30us, .connect = 400us, .first_byte = 3ms, .upstream = 3500us};
  r.principal = "ann";
  r.user_agent = "curl/7.88.1";
  return r;
}

}  // namespace sluice::telemetry
