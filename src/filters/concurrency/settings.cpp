#include "filters/concurrency/settings.hpp"

#include <algorithm>

namespace sluice::filters::concurrency {
namespace {

void check(const Settings& s, Faults& faults) {
  if (s.key.empty()) faults.add("key", "names nothing");
  for (auto& part : s.key) {
    if (part.needs_response()) faults.add("key", part.spelling() + " is not known before there is an answer");
    if (part.kind() == Variable::Kind::request_id)
      faults.add("key", "every request has its own request.id: nothing would be limited by it");
  }
  bool by_route = std::ranges::all_of(s.key, [](auto& p) { return p.kind() == Variable::Kind::route; });
  if (s.adaptive && !by_route)
    faults.add("adaptive", "a limit is found for a route; other keys have too few requests each");
  if (s.min > s.max) faults.add("min", "is more than `max`");
}

}  // namespace

OneOrMany<Variable> Settings::route() {
  OneOrMany<Variable> key;
  key.push_back(*Variable::parse("route"));
  return key;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("How many requests may be in flight at once.")
          .member("key", &Settings::key,
                  "What is counted by itself: the first of these that the request has. Those that have none "
                  "are counted together.")
          .member("max", &Settings::max, "How many, in the whole process.", required, range(1u, 1'000'000u))
          .member("min", &Settings::min, "How far `adaptive` may go down.", range(1u, 1'000'000u))
          .member("queue", &Settings::queue, "How many may wait for a place; more are refused at once.",
                  range(0u, 1'000'000u))
          .member("queue_timeout", &Settings::queue_timeout, "How long one waits.",
                  range<Duration>(std::chrono::milliseconds(1), std::chrono::hours(1)))
          .member("adaptive", &Settings::adaptive,
                  "Whether the limit is found, between `min` and `max`, from how long answers take.")
          .check(check)
          .short_form("max");
  return s;
}

}  // namespace sluice::filters::concurrency
