// What a key or a template may name of a request: one vocabulary for limits, hashing, field templates.
//
//   client.ip  principal  principal.<claim>  jwt.<path>  header.<name>  cookie.<name>  query.<name>
//   param.<name>  route  request.id  upstream  duration
//
//   struct Settings { Variable key; FieldTemplate value; };   // `key: header.X-Tenant`, `value: "a-{route}"`
//   auto tenant = value_of(settings.key, x);                  // sluice/value_of.hpp; null data(): not there
//   auto text = text_of(settings.value, x);
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/config.hpp"
#include "sluice/http.hpp"

namespace sluice {

class Variable {
 public:
  enum class Kind : std::uint8_t {
    client_ip,
    principal,  // its subject, also as principal.sub; principal.method; any other name is a claim
    claim,      // jwt.<path>, principal.<path>: its first value
    header,     // of the request: its first line; header.Host is the authority
    cookie,     // the first of that name, as it was sent
    query,      // the first of that name, decoded
    param,      // a capture of the route's path, as it was encoded
    route,
    request_id,
    upstream,  // the upstream's name; known once one was chosen
    duration   // since the first byte of the head, in seconds with microseconds: "0.000123"
  };

  Variable() = default;
  static std::optional<Variable> parse(std::string_view text);

  Kind kind() const noexcept { return kind_; }
  const std::string& name() const noexcept { return name_; }  // what stands behind the first dot
  FieldId field() const noexcept { return field_; }           // of a header
  const std::string& spelling() const noexcept { return spelling_; }
  // Who is asking has to be known first.
  bool needs_identity() const noexcept { return kind_ == Kind::principal || kind_ == Kind::claim; }
  // Known only once there is an answer.
  bool needs_response() const noexcept { return kind_ == Kind::upstream || kind_ == Kind::duration; }

 private:
  Kind kind_ = Kind::client_ip;
  FieldId field_ = FieldId::other;
  std::string name_, spelling_ = "client.ip";
};

// One line of text with {variables}; "{{" and "}}" are braces. What a request does not have is nothing.
class FieldTemplate {
 public:
  struct Part {
    std::optional<Variable> variable;
    std::string literal;  // where there is no variable
  };

  FieldTemplate() = default;
  static std::optional<FieldTemplate> parse(std::string_view text);

  bool needs_identity() const noexcept;
  bool needs_response() const noexcept;
  const std::vector<Part>& parts() const noexcept { return parts_; }
  const std::string& spelling() const noexcept { return spelling_; }

 private:
  std::vector<Part> parts_;
  std::string spelling_;
};

template <>
struct Scalar<Variable> : TextScalar<Variable> {
  static constexpr std::string_view expected =
      "one of client.ip, principal, principal.<claim>, jwt.<path>, header.<name>, cookie.<name>, "
      "query.<name>, "
      "param.<name>, route, request.id, upstream, duration";
  static std::optional<Variable> parse(std::string_view text) { return Variable::parse(text); }
  static std::string print(const Variable& v) { return v.spelling(); }
};

template <>
struct Scalar<FieldTemplate> : TextScalar<FieldTemplate> {
  static constexpr std::string_view expected =
      "one line of text with {variables} such as {request.id} or {principal}";
  static std::optional<FieldTemplate> parse(std::string_view text) { return FieldTemplate::parse(text); }
  static std::string print(const FieldTemplate& v) { return v.spelling(); }
};

}  // namespace sluice
