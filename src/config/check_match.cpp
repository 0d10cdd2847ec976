#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "config/check.hpp"
#include "config/suggest.hpp"
#include "sluice/ip.hpp"

namespace sluice::config {
namespace {

constexpr std::array<std::string_view, 7> usual_methods = {"GET",   "HEAD",   "POST",   "PUT",
                                                           "PATCH", "DELETE", "OPTIONS"};

bool is_host_pattern(std::string_view host) {
  if (host.starts_with("*.")) return is_host_name(host.substr(2));
  if (host.starts_with('[') && host.ends_with(']'))
    return IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
  return is_host_name(host);
}

void check_host(std::string& host, const Cursor& at, Problems& problems) {
  auto written = host;
  host = lower_case(host);
  if (!is_host_pattern(host))
    refuse(problems, at, "expected a host without a port, or '*.' and one, found '" + written + '\'');
}

void check_regex(const std::string& regex, const Cursor& at, Problems& problems) {
  RE2 compiled(regex, RE2::Quiet);
  if (compiled.ok()) return;
  refuse(problems, at,
         "no regular expression that RE2 takes" + (at.node().secret ? "" : ": " + compiled.error()));
}

void check_path(Match& match, const Cursor& at, Problems& problems) {
  auto parsed = PathPattern::parse(match.path.value_or("/**"));
  if (auto* fault = std::get_if<std::string>(&parsed))
    refuse(problems, at.has("path") ? at.key("path") : at, std::move(*fault));
  else
    match.pattern = std::get<PathPattern>(std::move(parsed));
}

void check_method(const std::string& method, const Cursor& at, Problems& problems) {
  auto upper = method;
  for (auto& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (!is_token(method))
    refuse(problems, at, "'" + method + "' is no method");
  else if (method == "CONNECT" || method == "TRACE")
    refuse(problems, at, method + " is never routed");
  else if (method != upper && std::ranges::find(usual_methods, upper) != usual_methods.end())
    refuse(problems, at, "methods are case-sensitive: write '" + upper + '\'');
}

void check_methods(const Match& match, const Cursor& at, Problems& problems) {
  if (at.has("methods") && match.methods.empty())
    refuse(problems, at.key("methods"), "expected at least one method");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < match.methods.size(); ++i) {
    auto item = at.key("methods").item(i);
    if (!seen.insert(match.methods[i]).second)
      refuse(problems, item, "'" + match.methods[i] + "' is there twice");
    check_method(match.methods[i], item, problems);
  }
}

void check_value(const ValueMatch& value, const Cursor& at, Problems& problems) {
  if (value.regex) check_regex(*value.regex, at.key("regex"), problems);
  if (value.exact && !is_field_value(*value.exact)) refuse(problems, at, "a value that no request can have");
}

// Names of fields in lower case, so that "X-V" and "x-v" are one.
void check_headers(Match& match, const Cursor& at, Problems& problems) {
  std::map<std::string, ValueMatch> by_lower_case;
  for (auto& [name, value] : match.headers) {
    auto here = at.key("headers").key(name);
    if (!is_token(name)) refuse(problems, here, "'" + name + "' is no field name");
    check_value(value, here, problems);
    if (!by_lower_case.try_emplace(lower_case(name), value).second)
      refuse(problems, here, "the same field as another one here, in other letters");
  }
  match.headers = std::move(by_lower_case);
}

}  // namespace

void check_match(Match& match, const Cursor& at, Problems& problems) {
  if (match.host) check_host(*match.host, at.key("host"), problems);
  check_path(match, at, problems);
  if (match.path_regex) check_regex(*match.path_regex, at.key("path_regex"), problems);
  check_methods(match, at, problems);
  check_headers(match, at, problems);
  for (auto& [name, value] : match.query) check_value(value, at.key("query").key(name), problems);
}

}  // namespace sluice::config
