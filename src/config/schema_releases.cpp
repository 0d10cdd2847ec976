// What the keys of a route mean that are about releases.
#include "config/config.hpp"

namespace sluice::config {
namespace {

using Kind = Variable::Kind;

// Nothing, where it tells one caller from another and the same caller from nobody.
std::string unfit(const Variable& v) {
  auto said = '\'' + v.spelling() + "' ";
  switch (v.kind()) {
    case Kind::route:
      return said + "is the same for every caller: all of them would be on one side";
    case Kind::request_id:
      return said + "is another one for each request: no caller would stay on a side";
    case Kind::upstream:
    case Kind::duration:
      return said + "is not known before the side is";
    default:
      return "";
  }
}

}  // namespace

OneOrMany<Variable> Split::default_key() {
  return {*Variable::parse("principal"), *Variable::parse("client.ip")};
}

const Schema& Split::Force::schema() {
  static const Schema s =
      describe<Force>(
          "Where a request may name its side: an upstream of `to`, also one of weight 0. Any "
          "other name is ignored.")
          .member("header", &Force::header, "A field of the request.")
          .member("cookie", &Force::cookie, "A cookie; where the field is there too, the field is heard.")
          .check([](const Force& f, Faults& faults) {
            if (!f.header && !f.cookie) faults.add("", "expected 'header' or 'cookie', or both");
            if (f.header && !is_token(*f.header))
              faults.add("header", "'" + *f.header + "' is no field's name");
            if (f.cookie && !is_token(*f.cookie))
              faults.add("cookie", "'" + *f.cookie + "' is no cookie's name");
          });
  return s;
}

const Schema& Split::schema() {
  static const Schema s =
      describe<Split>(
          "Which of several upstreams a caller is served by: always the same one, as long as the "
          "weights stay. It stands on every route with more than one upstream, written or not.")
          .member("key", &Split::key,
                  "What a caller is known by: the first of these that a request has, the client's address "
                  "where it has none of them. The same key is on the same side on all routes between the "
                  "same upstreams, on every replica.")
          .member("force", &Split::force, "Lets a request name its side itself.")
          .short_form("key")
          .check([](const Split& split, Faults& faults) {
            if (split.key.empty()) faults.add("key", "expected at least one variable");
            for (auto& v : split.key)
              if (auto fault = unfit(v); !fault.empty()) faults.add("key", std::move(fault));
          });
  return s;
}

const Schema& Mirror::schema() {
  static const Schema s =
      describe<Mirror>(
          "Sends a copy of requests to another upstream as well, and throws its answers away. "
          "Nothing waits for it: a mirror that is slow or gone costs its requests' callers "
          "nothing.")
          .member("to", &Mirror::to, "The upstream.", required)
          .member("sample", &Mirror::sample, "The share of requests.", range(Percent{0}, Percent{1}))
          .member("max_body", &Mirror::max_body, "A request with a longer body is not mirrored.",
                  range(Size{0}, mebibytes(1)))
          .member(
              "methods", &Mirror::methods,
              "Whose requests are mirrored. GET includes HEAD. What changes something is done twice where "
              "both upstreams share what they change.")
          .member("credentials", &Mirror::credentials,
                  "Whether the copy has the request's `Authorization` and `Cookie`.")
          .member(
              "max", &Mirror::max,
              "The most copies under way, of all workers; while there are so many no further one is sent.",
              range(1, 100000))
          .short_form("to")
          .check([](const Mirror& m, Faults& faults) {
            if (m.methods.empty()) faults.add("methods", "expected at least one method");
            for (auto& method : m.methods)
              if (!is_token(method)) faults.add("methods", "'" + method + "' is no method");
          });
  return s;
}

}  // namespace sluice::config
