#include "filters/cache/settings.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::cache {
namespace {

using namespace std::chrono_literals;

// Names for the schema, which keeps views.
const std::array<std::string, statuses_with_ttl.size()>& status_names() {
  static const auto names = [] {
    std::array<std::string, statuses_with_ttl.size()> all;
    std::ranges::transform(statuses_with_ttl, all.begin(),
                           [](auto status) { return std::to_string(status); });
    return all;
  }();
  return names;
}

Member ttl_of(std::size_t i) {
  Member m;
  m.name = status_names()[i];
  m.doc = "Of answers with this status.";
  m.shape = &shape_of<std::optional<Duration>>();
  m.at = [i](void* ttl) -> void* { return &static_cast<Ttl*>(ttl)->by_status[i]; };
  return m;
}

Seconds in_seconds(Duration d) {
  return std::chrono::ceil<Seconds>(d);
}

void check_names(const std::vector<std::string>& names, std::string_view member, const char* what,
                 Faults& faults) {
  for (auto& name : names)
    if (!http::is_token(name)) faults.add(member, '\'' + name + "' is no name of a " + what);
}

void check_key(const KeyParts& key, Faults& faults) {
  check_names(key.headers, "headers", "field", faults);
  check_names(key.cookies, "cookies", "cookie", faults);
  for (auto& name : key.headers)
    if (http::same_name(name, "Authorization") || http::same_name(name, "Cookie"))
      faults.add("headers", '\'' + name + "' is a credential and is never a part of a key: " +
                                "write `private_by: principal`, or one cookie in 'cookies'");
}

void check(const Settings& s, Faults& faults) {
  if (s.tiers.empty() || s.tiers.front() != Tier::memory)
    faults.add("tiers", "'memory' comes first: [memory] or [memory, redis]");
  else if (std::ranges::count(s.tiers, Tier::memory) > 1 || std::ranges::count(s.tiers, Tier::redis) > 1)
    faults.add("tiers", "a tier is named twice");
  if (s.shared && s.private_by)
    faults.add("shared", "'shared: true' and 'private_by' say the opposite of each other");
}

}  // namespace

bool Ttl::any() const noexcept {
  return usual || std::ranges::any_of(by_status, [](auto& ttl) { return ttl.has_value(); });
}

std::vector<StatusTtl> Ttl::rules() const {
  std::vector<StatusTtl> all;
  for (std::size_t i = 0; i < by_status.size(); ++i)
    if (by_status[i]) all.push_back({statuses_with_ttl[i], in_seconds(*by_status[i])});
  if (usual) all.push_back({0, in_seconds(*usual)});
  return all;
}

bool Settings::has_tier(Tier tier) const noexcept {
  return std::ranges::find(tiers, tier) != tiers.end();
}

const Schema& Ttl::schema() {
  static const Schema s = [] {
    Schema made =
        describe<Ttl>("For how long answers are fresh, whatever their origin says of that.")
            .member("usual", &Ttl::usual,
                    "Of answers that are no errors and cacheable by heuristics (200, 203, 204, 300, "
                    "301, 308), where their status has no lifetime of its own.",
                    at_least<Duration>(1s))
            .short_form("usual")
            .check([](auto& ttl, Faults& faults) {
              for (std::size_t i = 0; i < ttl.by_status.size(); ++i)
                if (ttl.by_status[i] && *ttl.by_status[i] < 1s)
                  faults.add(status_names()[i], "at least 1s is expected");
            });
    for (std::size_t i = 0; i < statuses_with_ttl.size(); ++i) made.members.push_back(ttl_of(i));
    return made;
  }();
  return s;
}

const Schema& KeyParts::schema() {
  static const Schema s =
      describe<KeyParts>("What requests have to have in common, besides host and path, for one answer.")
          .member("query", &KeyParts::query, "Only these parameters of the query; without it: all of it.")
          .member("ignore_query", &KeyParts::ignore_query, "All parameters but these.")
          .member("sort_query", &KeyParts::sort_query,
                  "Whether the order of the parameters means nothing; several of one name keep theirs.")
          .member("headers", &KeyParts::headers,
                  "Fields of the request, besides those that answers `Vary` on.")
          .member("cookies", &KeyParts::cookies, "Cookies of the request, by name.")
          .at_most_one({"query", "ignore_query"})
          .check(check_key);
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Answers that are kept and given again, as RFC 9111 allows a shared cache.")
          .member("ttl", &Settings::ttl,
                  "For how long answers are fresh, whatever their origin says of that: one time, or one for "
                  "each status. Without it the origin alone says. It never overrides `no-store`, `private`, "
                  "`Set-Cookie` or `Vary: *`.")
          .member("key", &Settings::key, "What requests have to have in common for one answer.")
          .member("stale_while_revalidate", &Settings::stale_while_revalidate,
                  "How long after its time an answer is still given while a newer one is fetched, where the "
                  "origin says nothing of it.")
          .member("stale_if_error", &Settings::stale_if_error,
                  "How long after its time an answer is still given when the origin fails, where the origin "
                  "says nothing of it.")
          .member("shared", &Settings::shared,
                  "Whether answers are for everybody, also where the route knows who asks and the origin "
                  "does not say `public` or `s-maxage`.")
          .member("private_by", &Settings::private_by,
                  "`principal`: each caller has answers of its own, whatever the origin says. A request from "
                  "nobody known is not answered from here.")
          .member("tiers", &Settings::tiers,
                  "Where answers are kept: in this process, and by choice behind it in the Redis that "
                  "replicas share.")
          .member("collapse_timeout", &Settings::collapse_timeout,
                  "How long requests for the same thing wait for the one that went upstream, before they go "
                  "themselves.",
                  range<Duration>(10ms, 1min))
          .member("purge_method", &Settings::purge_method,
                  "The clients that may forget an answer with the method PURGE. Without it: none.")
          .member("cache_status", &Settings::cache_status,
                  "Whether answers say in `Cache-Status` (RFC 9211) what the cache did.")
          .check(check)
          .short_form("ttl");
  return s;
}

}  // namespace sluice::filters::cache
