#include "filters/basic_auth/basic_auth.hpp"

#include <algorithm>

#include "filters/basic_auth/hashing.hpp"
#include "filters/basic_auth/login.hpp"
#include "filters/basic_auth/remembered.hpp"
#include "filters/basic_auth/settings.hpp"

namespace sluice::filters::basic_auth {

// A user as the principal refers to it.
struct Account {
  std::string name;
  User user;

  Principal principal() const noexcept {
    Principal p;
    p.subject = name;
    p.method = "basic_auth";
    p.scopes = user.scopes;
    p.roles = user.roles;
    return p;
  }
};

namespace {

MetricSeries requests(std::string_view policy, const char* result) {
  return {"sluice_basic_auth_requests_total",
          "Requests that a basic_auth filter looked at, by what it found.",
          {{"policy", std::string(policy)}, {"result", result}}};
}

class BasicAuth final : public Filter {
 public:
  using Settings = basic_auth::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::identity; }

  BasicAuth(const Settings& settings, FilterContext& context)
      : remember_(settings.remember),
        forward_(settings.forward),
        challenge_("Basic realm=\"" + settings.realm + "\", charset=\"UTF-8\""),
        hashing_(context.keepsakes.keep<Hashing>(
            "basic_auth", [&] { return std::make_shared<Hashing>(threads_for(context.workers)); })),
        remembered_(context.workers),
        accepted_(context.meter.counter(requests(context.name, "accepted"))),
        warm_(context.meter.counter(requests(context.name, "remembered"))),
        missing_(context.meter.counter(requests(context.name, "missing"))),
        malformed_(context.meter.counter(requests(context.name, "malformed"))),
        wrong_(context.meter.counter(requests(context.name, "wrong"))),
        busy_(context.meter.counter(requests(context.name, "busy"))) {
    for (auto& [name, user] : settings.users) accounts_.push_back({name, user});
  }

  void take_credentials(Exchange& x) const override {
    auto& fields = x.request.fields;
    bool ours = parse_login(fields.get(FieldId::authorization), x.arena).how != Login::How::other;
    if (!forward_ && ours) fields.remove(FieldId::authorization);
  }

  Eventual<Verdict> on_request(Exchange& x) const override {
    auto& fields = x.request.fields;
    if (fields.count(FieldId::authorization) > 1)
      return refuse(x, malformed_, 400, "credentials_repeated", "There is more than one Authorization.");
    auto login = parse_login(fields.get(FieldId::authorization), x.arena);
    if (login.how == Login::How::other)
      return refuse(x, missing_, 401, "credentials_missing", "A name and a password are needed.");
    if (login.how == Login::How::malformed)
      return refuse(x, malformed_, 401, "credentials_malformed", "The credentials are malformed.");
    auto tag = remembered_.at(x.worker).tag_of(login.both);
    if (auto* account = remembered_.at(x.worker).find(tag, x.worker.timers.now()))
      return accept(x, *account, warm_);
    return check(x, login, tag);
  }

 private:
  static unsigned threads_for(unsigned workers) noexcept { return std::clamp(workers / 2, 1u, 4u); }

  const Account* find(std::string_view name) const noexcept {
    auto found = std::ranges::lower_bound(accounts_, name, {}, &Account::name);
    return found != accounts_.end() && found->name == name ? &*found : nullptr;
  }

  // A name that nobody has costs a hash as well, or the time would tell which names there are.
  Task<Verdict> check(Exchange& x, Login login, Remembered::Tag tag) const {
    auto* account = find(login.name);
    PendingCheck pending(x.worker, (account ? *account : accounts_.front()).user.hash, login.password);
    if (!hashing_->take(pending)) co_return refuse_busy(x);
    auto& answer = pending.answer();
    auto right = co_await answer;
    if (!right || !*right || !account)
      co_return refuse(x, wrong_, 401, "credentials_wrong", "Name or password is wrong.");
    if (remember_) remembered_.at(x.worker).add(tag, account, x.worker.timers.now() + *remember_);
    co_return accept(x, *account, accepted_);
  }

  Verdict accept(Exchange& x, const Account& account, const Counter& counter) const {
    counter.add(x.worker.index);
    x.principal.merge(account.principal());
    if (!forward_) x.request.fields.remove(FieldId::authorization);
    return Verdict::proceed;
  }

  Verdict refuse(Exchange& x, const Counter& counter, std::uint16_t status, const char* reason,
                 std::string_view detail) const {
    counter.add(x.worker.index);
    x.flags.set(Flag::uaex);
    x.refuse(status, reason);
    x.explain(detail);
    if (status == 401) x.response.fields.add(FieldId::www_authenticate, "WWW-Authenticate", challenge_);
    return Verdict::reply;
  }

  Verdict refuse_busy(Exchange& x) const {
    busy_.add(x.worker.index);
    x.flags.set(Flag::om);
    x.refuse(503, "credentials_unchecked");
    x.explain("Too many passwords are being checked.");
    return Verdict::reply;
  }

  std::vector<Account> accounts_;  // by name
  OrOff<Duration> remember_;
  bool forward_;
  std::string challenge_;
  std::shared_ptr<Hashing> hashing_;
  mutable WorkerLocal<Remembered> remembered_;
  Counter accepted_, warm_, missing_, malformed_, wrong_, busy_;
};

}  // namespace

FilterKind basic_auth_filter() {
  return filter_kind<BasicAuth>("basic_auth", {.decides = true, .guards = true, .repeatable = true});
}

}  // namespace sluice::filters::basic_auth
