#include "filters/client_cert/client_cert.hpp"

#include <algorithm>
#include <span>

#include "filters/client_cert/pattern.hpp"
#include "filters/client_cert/xfcc.hpp"
#include "http/credentials.hpp"

namespace sluice::filters::client_cert {
namespace {

constexpr std::string_view field_name = "X-Forwarded-Client-Cert";

MetricSeries requests(std::string_view policy, const char* result) {
  return {"sluice_client_cert_requests_total",
          "Requests that a client_cert filter looked at, by what it found.",
          {{"policy", std::string(policy)}, {"result", result}}};
}

std::span<const std::string> of_text(const std::string& text) noexcept {
  return {&text, text.empty() ? 0u : 1u};
}

std::span<const std::string> names(const ClientCertificate& c, Name name) noexcept {
  switch (name) {
    case Name::san_dns:
      return c.dns;
    case Name::san_uri:
      return c.uris;
    case Name::san_email:
      return c.email;
    case Name::subject_cn:
      return of_text(c.cn);
    default:
      return of_text(c.sha256);
  }
}

class ClientCert final : public Filter {
 public:
  using Settings = client_cert::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::identity; }

  ClientCert(const Settings& settings, FilterContext& context)
      : settings_(settings),
        accepted_(context.meter.counter(requests(context.name, "accepted"))),
        missing_(context.meter.counter(requests(context.name, "missing"))),
        denied_(context.meter.counter(requests(context.name, "denied"))) {
    for (auto& text : settings.allow) allow_.push_back(*Pattern::parse(text, settings.principal));
  }

  // Nobody else's word for a certificate goes on, not even a trusted proxy's: this filter is about the one
  // that was shown here.
  void strip_fields(Exchange& x) const override { http::take_field(x.request.fields, field_name); }

  Eventual<Verdict> on_request(Exchange& x) const override {
    strip_fields(x);
    auto* certificate = x.peer.client_certificate;
    if (!certificate) return refuse(x, missing_, "certificate_missing", "A client certificate is needed.");
    if (certificate->not_after < x.worker.timers.wall())
      return refuse(x, denied_, "certificate_expired", "The client certificate has expired.");
    auto* name = admitted(*certificate);
    if (!name)
      return refuse(x, denied_, "certificate_denied", "The client certificate is not of anybody known here.");
    x.principal.merge(principal(*name));
    if (settings_.forward == Forwarding::xfcc)
      x.request.fields.add(FieldId::x_forwarded_client_cert, field_name, xfcc(*certificate, x.arena));
    accepted_.add(x.worker.index);
    return Verdict::proceed;
  }

 private:
  // The first of the certificate's names that may come in.
  const std::string* admitted(const ClientCertificate& certificate) const noexcept {
    for (auto& name : names(certificate, settings_.principal))
      if (allow_.empty() || std::ranges::any_of(allow_, [&](auto& p) { return p.matches(name); }))
        return &name;
    return nullptr;
  }

  Principal principal(const std::string& name) const noexcept {
    Principal p;
    p.subject = name;
    p.method = "client_cert";
    p.scopes = settings_.scopes;
    p.roles = settings_.roles;
    return p;
  }

  // 403: a 401 has to say how to try again in HTTP, and a certificate is shown before there is any.
  static Verdict refuse(Exchange& x, const Counter& counter, const char* reason, std::string_view detail) {
    counter.add(x.worker.index);
    x.flags.set(Flag::uaex);
    x.refuse(403, reason);
    x.explain(detail);
    return Verdict::reply;
  }

  Settings settings_;
  std::vector<Pattern> allow_;
  Counter accepted_, missing_, denied_;
};

}  // namespace

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>(
          "Finds out who is asking by the client certificate, which the listener's `client_ca` has verified.")
          .member("principal", &Settings::principal,
                  "Which of the certificate's names the caller is known by; of several the first that is "
                  "allowed.")
          .member("allow", &Settings::allow,
                  "Names that are known: exact ones, `*.svc.internal` for one label below, and of URIs "
                  "`spiffe://x/ns/*` for all below a path. Without it: everybody that has such a name.")
          .member("scopes", &Settings::scopes, "What these callers may do, for `require` and others.")
          .member("roles", &Settings::roles, "What these callers are.")
          .member("forward", &Settings::forward,
                  "`xfcc` tells the upstream of the certificate in X-Forwarded-Client-Cert, as Envoy writes "
                  "it.")
          .check([](const Settings& settings, Faults& faults) {
            for (auto& text : settings.allow)
              if (!Pattern::parse(text, settings.principal))
                faults.add("allow", "'" + text +
                                        "' is no pattern: '*' stands for the first label of a DNS name, or "
                                        "at the end for all below a URI's path");
          });
  return s;
}

FilterKind client_cert_filter() {
  return filter_kind<ClientCert>("client_cert", {.decides = true, .guards = true, .repeatable = true});
}

}  // namespace sluice::filters::client_cert
