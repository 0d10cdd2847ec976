#include "server/admin/cache.hpp"

#include <array>
#include <future>

#include "filters/cache/shared_purges.hpp"
#include "http/authority.hpp"
#include "http/target.hpp"
#include "server/admin/body.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using filters::cache::Purge;
using filters::cache::PurgeReport;
using filters::cache::PurgeRule;
using filters::cache::SharedPurges;
using Read = std::variant<PurgeRule, AdminReply>;

constexpr auto patience = 2s;

struct Member {
  std::string_view name;
  PurgeRule::By by;
};
constexpr std::array<Member, 3> members = {
    {{"url", PurgeRule::By::url}, {"prefix", PurgeRule::By::prefix}, {"tag", PurgeRule::By::tag}}};

// As the cache writes it: its host in lower case, its path in its one spelling. Empty: it is none.
std::optional<std::string> as_stored(std::string_view url, bool merge_slashes) {
  Arena arena;
  auto begin = url.find("://");
  auto scheme = url.substr(0, begin);
  if (begin == url.npos || (scheme != "http" && scheme != "https")) return std::nullopt;
  auto rest = url.substr(begin + 3);
  auto slash = std::min(rest.find_first_of("/?"), rest.size());
  auto authority = http::parse_authority(rest.substr(0, slash), arena);
  auto target = http::split_target(rest.substr(slash));
  auto path = http::normalise_path(target.path.empty() ? "/" : target.path, merge_slashes, arena);
  if (!authority || !path) return std::nullopt;
  auto query = target.has_query ? arena.concat({"?", target.query}) : std::string_view();
  return std::string(arena.concat({scheme, "://", authority->text, *path, query}));
}

// A prefix may end anywhere; as far as its host is whole it is a URL.
std::optional<std::string> prefix_as_stored(std::string_view prefix, bool merge_slashes) {
  if (prefix.empty()) return std::string();
  auto host = prefix.find("://");
  bool whole_host = host != prefix.npos && prefix.find('/', host + 3) != prefix.npos;
  return whole_host ? as_stored(prefix, merge_slashes) : std::nullopt;
}

Read named(const Member& member, std::string text, bool merge_slashes) {
  PurgeRule rule{member.by, Purge::hard, std::move(text)};
  if (rule.by == PurgeRule::By::tag) {
    if (rule.text.empty()) return problem(422, "'tag' is empty");
    return rule;
  }
  auto stored = rule.by == PurgeRule::By::url ? as_stored(rule.text, merge_slashes)
                                              : prefix_as_stored(rule.text, merge_slashes);
  if (!stored)
    return problem(422,
                   '\'' + std::string(member.name) +
                       "' is a URL with scheme, host and path, such as \"https://api.example.com/news\"");
  rule.text = std::move(*stored);
  return rule;
}

Read read_rule(const AdminRequest& request, bool merge_slashes) {
  static constexpr std::array<std::string_view, 4> known = {"url", "prefix", "tag", "soft"};
  auto body = read_members(request, known);
  if (auto* refused = std::get_if<AdminReply>(&body)) return std::move(*refused);
  auto& json = std::get<Json>(body);
  auto soft = json.value("soft", Json(false));
  if (!soft.is_boolean()) return problem(422, "'soft' is true or false");
  json.erase("soft");
  if (json.size() != 1) return problem(422, "exactly one member is expected, of 'url', 'prefix', 'tag'");
  auto given = json.begin();
  if (!given.value().is_string()) return problem(422, '\'' + given.key() + "' is a text");
  auto member = std::ranges::find(members, std::string_view(given.key()), &Member::name);
  auto rule = named(*member, given.value().get<std::string>(), merge_slashes);
  if (auto* made = std::get_if<PurgeRule>(&rule)) made->how = soft.get<bool>() ? Purge::soft : Purge::hard;
  return rule;
}

Task<Unit> carry_out(std::shared_ptr<SharedPurges> purges, Worker& worker, PurgeRule rule,
                     std::shared_ptr<std::promise<PurgeReport>> asked) {
  auto purging = purges->purge(worker, std::move(rule));
  asked->set_value(co_await purging);
  co_return Unit{};
}

AdminReply purge_in_all(const std::shared_ptr<SharedPurges>& purges, const OnWorker& on_worker,
                        const PurgeRule& rule) {
  auto asked = std::make_shared<std::promise<PurgeReport>>();
  auto answer = asked->get_future();
  on_worker([purges, rule, asked = std::move(asked)](Worker& worker) {
    worker.background.spawn(carry_out(purges, worker, rule, asked));
  });
  if (answer.wait_for(patience) != std::future_status::ready)
    return problem(503, "no worker has carried it out in time");
  auto report = answer.get();
  Json replicas{{"told", report.told}};
  if (!report.told) replicas["trouble"] = report.trouble;
  return json_reply({{"purged", report.here}, {"replicas", replicas}});
}

}  // namespace

AdminReply purge_cache(const Published& published, const OnWorker& on_worker, const AdminRequest& request) {
  auto& cache = published.built.cache;
  if (!cache.store) return problem(409, "no policy of the configuration in force is a cache");
  auto read = read_rule(request, published.config->paths.merge_slashes);
  if (auto* refused = std::get_if<AdminReply>(&read)) return std::move(*refused);
  auto& rule = std::get<PurgeRule>(read);
  log::info("cache.purge", {{"rule", notice_of(rule)}, {"by", request.peer}});
  if (cache.purges) return purge_in_all(cache.purges, on_worker, rule);
  return json_reply({{"purged", purge(*cache.store, rule)}});
}

Json cache_document(const Published& published) {
  auto& store = published.built.cache.store;
  if (!store) return nullptr;
  return {{"bytes", store->bytes()},
          {"size", published.config->cache_memory.size.bytes},
          {"entries", store->entries()}};
}

}  // namespace sluice::server
