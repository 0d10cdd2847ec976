#include "server/admin/limits.hpp"

#include <algorithm>
#include <array>
#include <future>

#include "config/suggest.hpp"
#include "server/admin/body.hpp"
#include "telemetry/log.hpp"

namespace sluice::server {
namespace {

using namespace std::chrono_literals;
using Limit = std::shared_ptr<Adjustable>;

constexpr auto patience = 2s;

Limit find(const Published& published, const std::string& name) {
  auto& all = published.built.adjustables;
  auto found = std::ranges::find(all, name, [](auto& a) { return a->name(); });
  return found == all.end() ? nullptr : *found;
}

AdminReply no_such_limit(const Published& published, const std::string& name) {
  std::vector<std::string_view> known;
  for (auto& a : published.built.adjustables) known.push_back(a->name());
  return problem(404, "no limit '" + name + "' is in force" + config::suggestion(name, known));
}

// The other end of a question to a worker. One that dies without an answer says so.
template <class T>
class Asked {
 public:
  ~Asked() {
    if (!answered_) promise_.set_value(Error(Error::Kind::abandoned));
  }
  std::future<Result<T>> answer() { return promise_.get_future(); }
  void operator()(Result<T> result) {
    answered_ = true;
    promise_.set_value(std::move(result));
  }

 private:
  std::promise<Result<T>> promise_;
  bool answered_ = false;
};

// The limit is kept for as long as it is busy.
template <class T>
Task<Unit> deliver(Limit, Eventual<Result<T>> doing, std::shared_ptr<Asked<T>> asked) {
  (*asked)(co_await doing);
  co_return Unit{};
}

template <class T, class F>
Result<T> ask(const OnWorker& on_worker, const Limit& limit, F question) {
  auto asked = std::make_shared<Asked<T>>();
  auto answer = asked->answer();
  on_worker([limit, asked = std::move(asked), question](Worker& worker) {
    worker.background.spawn(deliver<T>(limit, question(*limit, worker), asked));
  });
  if (answer.wait_for(patience) != std::future_status::ready) return Error(Error::Kind::timeout);
  return answer.get();
}

AdminReply failure(const Error& error) {
  if (error.kind == Error::Kind::malformed)
    return problem(404,
                   "not a key of this limit: write what it is keyed by and the value, such as "
                   "client.ip=192.0.2.1, percent-encoded");
  return problem(503, "the store of the limit does not answer");
}

double in_seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

Json json_of(const RateLimit& limit, const BucketLevel& level) {
  return {{"rate", Scalar<Rate>::print(limit.rate)},
          {"burst", limit.burst},
          {"left", level.left},
          {"wait_seconds", in_seconds(level.wait)},
          {"full_in_seconds", in_seconds(level.full_in)}};
}

Json json_of(const std::string& policy, const LimitView& view) {
  Json json{{"policy", policy}, {"key", view.key}, {"allowed", view.grant.allowed}};
  json["limits"] = Json::array();
  for (std::size_t i = 0; i < view.limits.size(); ++i)
    json["limits"].push_back(json_of(view.limits[i], view.grant.levels[i]));
  return json;
}

// A setting of the body: text, or a whole number.
std::variant<Adjustable::Setting, AdminReply> setting_of(const AdminRequest& request) {
  static constexpr std::array<std::string_view, 2> members = {"rate", "burst"};
  auto body = read_one_of(request, members);
  if (auto* refused = std::get_if<AdminReply>(&body)) return std::move(*refused);
  auto member = std::get<Json>(body).begin();
  auto& value = member.value();
  if (value.is_string()) return Adjustable::Setting{member.key(), value.get<std::string>()};
  if (value.is_number_unsigned())
    return Adjustable::Setting{member.key(), std::to_string(value.get<std::uint64_t>())};
  return problem(422, '\'' + member.key() + "' is a text such as \"20/s\", or a whole number");
}

}  // namespace

AdminReply look_at_limit(const Published& published, const OnWorker& on_worker, const std::string& policy,
                         const std::string& key) {
  auto limit = find(published, policy);
  if (!limit) return no_such_limit(published, policy);
  auto view = ask<LimitView>(on_worker, limit, [key](Adjustable& l, Worker& w) { return l.look(w, key); });
  return view ? json_reply(json_of(policy, *view)) : failure(view.error());
}

AdminReply reset_limit(const Published& published, const OnWorker& on_worker, const std::string& policy,
                       const std::string& key) {
  auto limit = find(published, policy);
  if (!limit) return no_such_limit(published, policy);
  auto done = ask<Unit>(on_worker, limit, [key](Adjustable& l, Worker& w) { return l.reset(w, key); });
  if (!done) return failure(done.error());
  return json_reply({{"policy", policy}, {"key", key}, {"reset", true}});
}

AdminReply change_policy(const Published& published, const AdminRequest& request, const std::string& name) {
  auto limit = find(published, name);
  if (!limit) return no_such_limit(published, name);
  auto read = setting_of(request);
  if (auto* refused = std::get_if<AdminReply>(&read)) return std::move(*refused);
  auto& setting = std::get<Adjustable::Setting>(read);
  if (auto fault = limit->adjust(setting); !fault.empty()) return problem(422, fault);
  log::warn("policy.changed",
            {{"policy", name}, {"setting", setting.name}, {"value", setting.value}, {"by", request.peer}});
  return json_reply({{"policy", name}, {"changed", changes_of(*limit)}});
}

Json changes_of(const Adjustable& limit) {
  Json changes;
  for (auto& setting : limit.adjusted()) changes[setting.name] = setting.value;
  return changes;
}

}  // namespace sluice::server
