// What a cors policy may say. Its mistakes show only in browsers, so as many as can be are found here.
#include <algorithm>

#include "filters/cors/cors.hpp"
#include "filters/cors/origins.hpp"
#include "http/chars.hpp"

namespace sluice::filters::cors {
namespace {

using Names = std::vector<std::string>;

bool have(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string upper_case(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

void check_star_alone(const Names& names, std::string_view key, Faults& faults) {
  if (have(names, "*") && names.size() > 1) faults.add(key, "'*' is all of them: let it stand alone");
}

void check_origins(const Settings& s, Faults& faults) {
  if (s.origins.empty()) faults.add("origins", "names no origin");
  for (auto& origin : s.origins)
    if (auto fault = fault_of_origin(origin); !fault.empty())
      faults.add("origins", "'" + origin + "': " + fault);
  check_star_alone(s.origins, "origins", faults);
}

void check_credentials(const Settings& s, Faults& faults) {
  if (!s.credentials) return;
  if (have(s.origins, "*"))
    faults.add("origins", "'*' with credentials would let every site act for its visitors: name the origins");
  if (have(s.origins, "null"))
    faults.add("origins",
               "'null' with credentials would let every site act for its visitors, from a sandboxed frame");
  if (have(s.expose, "*"))
    faults.add("expose", "with credentials a browser takes '*' for a field's name: name the fields");
}

void check_methods(const Settings& s, Faults& faults) {
  constexpr std::array<std::string_view, 3> never = {"CONNECT", "TRACE", "TRACK"};
  check_star_alone(s.methods, "methods", faults);
  for (auto& method : s.methods) {
    auto upper = upper_case(method);
    if (!http::is_token(method))
      faults.add("methods", "'" + method + "' is no method");
    else if (upper != method)
      faults.add("methods", "methods are case-sensitive: write '" + upper + "' for '" + method + "'");
    else if (std::ranges::find(never, method) != never.end())
      faults.add("methods", "no browser lets a script send " + method);
  }
}

void check_names(const Names& names, std::string_view key, Faults& faults) {
  check_star_alone(names, key, faults);
  for (auto& name : names)
    if (!http::is_token(name)) faults.add(key, "'" + name + "' is no name of a field");
}

}  // namespace

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Which other sites' scripts may ask, from a browser.")
          .member("origins", &Settings::origins,
                  "Origins as browsers write them, `https://*.example.org` for every host below a name, `*` "
                  "for all, `null` for documents without one.",
                  required)
          .member("methods", &Settings::methods, "Methods that a script may use; `*` for all.")
          .member("headers", &Settings::headers, "Fields that a script may set; `*` for all.")
          .member("expose", &Settings::expose,
                  "Fields of an answer that a script may read besides the usual; `*` for all.")
          .member("credentials", &Settings::credentials, "Whether cookies and certificates may come along.")
          .member("max_age", &Settings::max_age,
                  "How long a browser may remember the answer to a preflight. Without it: five seconds.",
                  at_least<Duration>(Duration::zero()))
          .check(check_origins)
          .check(check_credentials)
          .check(check_methods)
          .check([](const Settings& cors, Faults& faults) { check_names(cors.headers, "headers", faults); })
          .check([](const Settings& cors, Faults& faults) { check_names(cors.expose, "expose", faults); });
  return s;
}

}  // namespace sluice::filters::cors
