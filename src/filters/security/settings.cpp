// What a security policy may say.
#include "filters/security/security.hpp"
#include "http/chars.hpp"

namespace sluice::filters::security {
namespace {

using namespace std::chrono_literals;

void check_preload(const Hsts& hsts, Faults& faults) {
  if (hsts.preload && (!hsts.subdomains || hsts.max_age < 365 * 24h))
    faults.add("preload",
               "browsers' lists take a host only with 'max_age: 365d' or more and 'subdomains: true'");
}

void check_value(const std::optional<OrOff<std::string>>& value, std::string_view key, Faults& faults) {
  if (value && *value && (!http::is_field_value(**value) || http::trim(**value).empty()))
    faults.add(key, "is no value that a field can have");
}

void check_removed(const std::vector<std::string>& names, Faults& faults) {
  for (auto& name : names)
    if (!http::is_token(name)) faults.add("remove", "'" + name + "' is no name of a field");
}

void check(const Settings& s, Faults& faults) {
  check_value(s.csp, "csp", faults);
  check_value(s.permissions, "permissions", faults);
  if (s.remove) check_removed(*s.remove, faults);
  bool says_nothing =
      !s.preset && !s.hsts && !s.frame && !s.nosniff && !s.referrer && !s.csp && !s.permissions && !s.remove;
  if (says_nothing) faults.add("", "says nothing: write 'security: strict', or what it should send");
}

}  // namespace

const Schema& Hsts::schema() {
  static const Schema s =
      describe<Hsts>("Tells browsers to come over TLS only (RFC 6797).")
          .member("max_age", &Hsts::max_age, "For how long.", required)
          .member("subdomains", &Hsts::subdomains, "Whether all hosts below this one are meant too.")
          .member("preload", &Hsts::preload, "Whether browsers may have it in the lists that they ship with.")
          .short_form("max_age")
          .check(check_preload);
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>(
          "The fields that tell a browser to be careful. What the upstream says of them is replaced.")
          .member(
              "preset", &Settings::preset,
              "`strict`, for an API: `hsts: 365d`, `frame: DENY`, `nosniff: true`, `referrer: no-referrer`, "
              "`csp: \"default-src 'none'; frame-ancestors 'none'\"`, `remove: [Server, X-Powered-By]`. "
              "What stands next to it goes before.")
          .member("hsts", &Settings::hsts, "Strict-Transport-Security, sent over TLS only; `off`: none.")
          .member("frame", &Settings::frame, "X-Frame-Options: who may show it in a frame; `off`: nothing.")
          .member("nosniff", &Settings::nosniff, "X-Content-Type-Options: nosniff.")
          .member("referrer", &Settings::referrer,
                  "Referrer-Policy: what the links on it tell of where they stand; `off`: nothing.")
          .member("csp", &Settings::csp, "Content-Security-Policy; `off`: none.")
          .member("permissions", &Settings::permissions, "Permissions-Policy; `off`: none.")
          .member("remove", &Settings::remove, "Fields that tell too much, to be taken off.")
          .short_form("preset")
          .check(check);
  return s;
}

}  // namespace sluice::filters::security
