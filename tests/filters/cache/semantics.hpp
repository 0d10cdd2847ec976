// A request and an answer to it, and what the cache's rules say of them.
//
//   answer(200, {{"Cache-Control", "max-age=60"}});
//   EXPECT_EQ(freshness().lifetime, 60s);
//   EXPECT_EQ(why_not(), stored);
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filters/cache/freshness.hpp"
#include "filters/cache/reuse.hpp"
#include "filters/cache/storing.hpp"
#include "http/cache_control.hpp"
#include "http/date.hpp"

namespace sluice::filters::cache {

using namespace std::chrono_literals;

inline constexpr std::string_view stored = "stored";

struct Semantics : ::testing::Test {
  using Lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  Arena arena;
  Request request{arena};
  Response response{arena};
  WallPoint now = std::chrono::sys_days(std::chrono::year(2025) / 7 / 1) + 12h;
  OriginTimes times{now, now};
  FreshnessRules rules;
  StoringRules storing;

  Semantics() {
    request.scheme = "http";
    request.authority = "api.example";
    request.path = "/a";
  }

  // An HTTP date so long after `now`.
  std::string_view date(Seconds offset) {
    http::DateText text;
    http::write_date(now + offset, text);
    return arena.copy({text.data(), text.size()});
  }

  void ask(Lines lines, Method method = Method::get) {
    request.method = method;
    request.fields.clear();
    for (auto& [name, value] : lines) request.fields.add(name, value);
  }
  void answer(std::uint16_t status, Lines lines) {
    response.reset();
    response.status = status;
    for (auto& [name, value] : lines) response.fields.add(name, value);
  }

  http::CacheControl says() { return http::response_directives(response.fields); }
  Freshness freshness() { return freshness_of(response.status, response.fields, says(), times, rules); }

  std::string_view why_not() {
    auto* why = why_not_stored(request, http::request_directives(request.fields), response, says(),
                               freshness(), storing);
    return why ? why : stored;
  }

  Decision decide_at(Duration resident) {
    auto f = freshness();
    return decide(f, f.age(resident), http::request_directives(request.fields));
  }
  Reuse reuse_at(Duration resident) { return decide_at(resident).what; }
  bool on_failure_at(Duration resident, Failure failure) {
    auto f = freshness();
    return may_serve_on_failure(f, f.age(resident), http::request_directives(request.fields), failure);
  }
};

}  // namespace sluice::filters::cache
