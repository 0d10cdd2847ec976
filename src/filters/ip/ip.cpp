#include "filters/ip/ip.hpp"

#include "filters/ip/address_set.hpp"

namespace sluice::filters::ip {
namespace {

MetricSeries requests(std::string_view policy, const char* result) {
  return {"sluice_ip_requests_total",
          "Requests that an ip filter looked at, by what it said.",
          {{"policy", std::string(policy)}, {"result", result}}};
}

class Ip final : public Filter {
 public:
  using Settings = ip::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::edge; }

  Ip(const Settings& settings, FilterContext& context)
      : allow_(settings.allow),
        deny_(settings.deny),
        allowed_(context.meter.counter(requests(context.name, "allowed"))),
        denied_(context.meter.counter(requests(context.name, "denied"))) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    if (may_pass(x.client)) {
      allowed_.add(x.worker.index);
      return Verdict::proceed;
    }
    denied_.add(x.worker.index);
    x.flags.set(Flag::uaex);
    x.refuse(403, "ip_denied");
    x.explain("Requests from this address are not accepted here.");
    return Verdict::reply;
  }

 private:
  bool may_pass(const IpAddress& client) const noexcept {
    if (deny_.contains(client)) return false;
    return allow_.empty() || allow_.contains(client);
  }

  AddressSet allow_, deny_;
  Counter allowed_, denied_;
};

}  // namespace

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>(
          "Which client addresses may ask: the client is the rightmost one that is not trusted.")
          .member("allow", &Settings::allow,
                  "Blocks of addresses. Where there are any, everybody else is refused.")
          .member("deny", &Settings::deny, "Blocks that are refused, also where `allow` has them.")
          .short_form("allow")
          .check([](const Settings& ip, Faults& faults) {
            if (ip.allow.empty() && ip.deny.empty())
              faults.add("", "says nothing: name addresses in 'allow' or in 'deny'");
          });
  return s;
}

FilterKind ip_filter() {
  return filter_kind<Ip>("ip", {.decides = true, .guards = true, .repeatable = true});
}

}  // namespace sluice::filters::ip
