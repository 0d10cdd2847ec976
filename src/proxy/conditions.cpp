#include "proxy/conditions.hpp"

#include <algorithm>
#include <stdexcept>

#include "http/chars.hpp"
#include "http/query.hpp"

namespace sluice::proxy {

std::unique_ptr<const RE2> compile(const std::string& expression) {
  auto compiled = std::make_unique<const RE2>(expression, RE2::Quiet);
  if (!compiled->ok()) throw std::invalid_argument("regex: " + compiled->error());
  return compiled;
}

ValueTest::ValueTest(const config::ValueMatch& match)
    : exact_(match.exact.value_or("")), regex_(match.regex ? compile(*match.regex) : nullptr) {}

std::string ValueTest::describe() const {
  return regex_ ? "matches " + regex_->pattern() : "= " + exact_;
}

std::string_view Asked::preflight(const Request& r) noexcept {
  if (r.method != Method::options || !r.fields.has(FieldId::origin)) return {};
  return r.fields.get(FieldId::access_control_request_method);
}

Conditions::Conditions(const Rule& rule)
    : listeners_(rule.route->listeners), answers_preflight_(rule.answers_preflight) {
  auto& match = rule.route->match;
  for (auto& name : match.methods) methods_.add(name);
  for (auto& [name, value] : match.headers) headers_.push_back({field_id(name), name, ValueTest(value)});
  for (auto& [key, value] : match.query) query_.push_back({FieldId::other, key, ValueTest(value)});
}

Conditions::Miss Conditions::check(const Asked& asked, std::string_view listener, Arena& arena) const {
  auto& request = asked.request;
  if (!on(listener)) return Miss::listener;
  for (auto& header : headers_)
    if (!has_header(request.fields, header)) return Miss::header;
  for (auto& parameter : query_)
    if (!has_parameter(request.query, parameter, arena)) return Miss::query;
  if (!methods_.allows(asked.method, asked.method_text)) return Miss::method;
  return asked.left_over && answers_preflight_ ? Miss::preflight : Miss::none;
}

bool Conditions::on(std::string_view listener) const noexcept {
  return listeners_.empty() || std::ranges::find(listeners_, listener) != listeners_.end();
}

// Any line of that name will do: where a field is there twice, both are meant (RFC 9110 §5.3).
bool Conditions::has_header(const Fields& fields, const Named& wanted) {
  return std::ranges::any_of(fields, [&](const Field& f) {
    bool same = f.id == wanted.id && (f.id != FieldId::other || http::same_name(f.name, wanted.name));
    return same && wanted.test.accepts(f.value);
  });
}

bool Conditions::has_parameter(std::string_view query, const Named& wanted, Arena& arena) {
  http::QueryCursor cursor(query, arena);
  while (auto parameter = cursor.next())
    if (parameter->key == wanted.name && wanted.test.accepts(parameter->value)) return true;
  return false;
}

std::vector<std::string> Conditions::describe() const {
  std::vector<std::string> lines;
  if (!listeners_.empty()) {
    std::string all = "listener is";
    for (auto& l : listeners_) all += ' ' + l;
    lines.push_back(all);
  }
  if (!methods_.empty()) lines.push_back("method is one of " + methods_.text());
  for (auto& h : headers_) lines.push_back("header " + h.name + ' ' + h.test.describe());
  for (auto& q : query_) lines.push_back("query " + q.name + ' ' + q.test.describe());
  return lines;
}

}  // namespace sluice::proxy
