// What the keys of a route mean, and those that all filters have in common.
#include <algorithm>

#include "config/config.hpp"

namespace sluice::config {

const Schema& FilterSettings::schema() {
  static const Schema s = describe<FilterSettings>("What every filter has besides its own settings.")
                              .member("mode", &FilterSettings::mode,
                                      "`shadow` counts and logs what it would have decided, and lets "
                                      "everything pass; `off` does nothing.")
                              .member("on_error", &FilterSettings::on_error,
                                      "What becomes of a request when the filter itself fails.")
                              .member("optional", &FilterSettings::optional,
                                      "Whether the filter may be left out under overload.");
  return s;
}

const Schema& ValueMatch::schema() {
  static const Schema s = describe<ValueMatch>("A condition on a value.")
                              .member("exact", &ValueMatch::exact, "The value itself.")
                              .member("regex", &ValueMatch::regex, "An RE2 expression for the whole value.")
                              .exactly_one({"exact", "regex"})
                              .short_form("exact");
  return s;
}

const Schema& Match::schema() {
  static const Schema s =
      describe<Match>("Which requests a route is for: those that meet every condition.")
          .member("host", &Match::host, "A host, or `*.example.com` for every name below it.")
          .member("path", &Match::path,
                  "Segment by segment: `/users` is exact, `{id}` is one segment, a trailing `/**` or "
                  "`{rest...}` is "
                  "all the rest.")
          .member("path_regex", &Match::path_regex, "An RE2 expression for the whole path.")
          .member("methods", &Match::methods, "Methods; GET includes HEAD. Without it: all.")
          .member("headers", &Match::headers, "Fields and their values.")
          .member("query", &Match::query, "Keys of the query and their values.")
          .at_most_one({"path", "path_regex"})
          .short_form("path");
  return s;
}

const Schema& Target::schema() {
  static const Schema s =
      describe<Target>("One upstream of a route.")
          .member("upstream", &Target::upstream, "Its name.")
          .member("weight", &Target::weight,
                  "Its share of the callers, next to the others' weights. See `split`.", range(0, 1000000))
          .member("read", &Target::read, "In its place: the upstream for GET, HEAD, OPTIONS and TRACE ...")
          .member("write", &Target::write, "... and the one for all other methods.")
          .short_form("upstream")
          .check([](const Target& t, Faults& faults) {
            if (t.read && !t.write) faults.add("read", "needs 'write'");
            if (t.write && !t.read) faults.add("write", "needs 'read'");
            if (t.upstream.empty() && !t.read && !t.write) faults.add("", "'upstream' is missing");
            if (!t.upstream.empty() && t.read) faults.add("read", "stands in the place of 'upstream'");
          });
  return s;
}

const Schema& Respond::schema() {
  static const Schema s =
      describe<Respond>("An answer that the gateway gives by itself.")
          .member("status", &Respond::status, "The status.", range(200, 599))
          .member("body", &Respond::body, "The body.")
          .member("headers", &Respond::headers,
                  "Fields of the answer; `content-type` is text/plain without one.")
          .check([](const Respond& r, Faults& faults) {
            for (auto& [name, value] : r.headers)
              if (!is_token(name) || !is_field_value(value))
                faults.add("headers", "'" + name + "' is no field that can be sent");
            if ((r.status == 204 || r.status == 205 || r.status == 304) && !r.body.empty())
              faults.add("body", "a " + std::to_string(r.status) + " has no body");
          });
  return s;
}

const Schema& Redirect::schema() {
  static const Schema s =
      describe<Redirect>("A redirect that the gateway gives by itself.")
          .member("to", &Redirect::to, "Where to: a path or a URL, with {names} of the path's captures.",
                  required)
          .member("status", &Redirect::status, "301, 302, 303, 307 or 308.")
          .short_form("to")
          .check([](const Redirect& r, Faults& faults) {
            constexpr std::array known = {301, 302, 303, 307, 308};
            if (std::ranges::find(known, r.status) == known.end())
              faults.add("status", "expected 301, 302, 303, 307 or 308, found " + std::to_string(r.status));
            if (r.to.text.empty() || !is_field_value(r.to.text))
              faults.add("to", "expected a path or a URL, in visible ASCII");
          });
  return s;
}

const Schema& RouteTimeouts::schema() {
  static const Schema s =
      describe<RouteTimeouts>("How long the answer may take once its head is there.")
          .member("idle", &RouteTimeouts::idle, "Between two pieces of the answer's body.",
                  at_least<Duration>(1ms))
          .member("total", &RouteTimeouts::total, "The whole exchange.", at_least<Duration>(1ms))
          .member("tunnel", &RouteTimeouts::tunnel, "Without a byte in either direction, after an upgrade.",
                  at_least<Duration>(1ms));
  return s;
}

const Schema& Defaults::schema() {
  static const Schema s =
      describe<Defaults>("What routes have that do not say otherwise.")
          .member("timeout", &Defaults::timeout, "See the route's.", at_least<Duration>(1ms))
          .member("max_body", &Defaults::max_body, "See the route's.")
          .member("use", &Defaults::use, "Policies, by name.");
  return s;
}

const Schema& Route::schema() {
  static const Schema s =
      describe<Route>("Requests of one kind, and what becomes of them.")
          .member("listeners", &Route::listeners, "The listeners that it is for. Without it: all.")
          .member("match", &Route::match, "Which requests it is for.", required)
          .member("priority", &Route::priority,
                  "The higher wins, whatever the rules for specific routes say.", range(-1000000, 1000000))
          .member("importance", &Route::importance,
                  "Who is shed first under overload: `low`, then `normal`; `critical` is not shed.")
          .member("degrade", &Route::degrade,
                  "What the route does with less under overload: `serve_stale`, `skip_optional`, "
                  "`{ respond: ... }`.")
          .member("identity", &Route::identity,
                  "Of the route's identity filters `all` have to accept the caller, or `any` is enough: the "
                  "first that does.")
          .member("require", &Route::require,
                  "What the caller must have, once it is known: the settings of a `require` filter.")
          .member("use", &Route::use,
                  "Policies: a plain list replaces `defaults.use`; with signs, `+name` adds to it and "
                  "`-name` takes "
                  "away.")
          .member("filters", &Route::filters, "Filters of this route alone, by kind.")
          .member("rewrite", &Route::rewrite,
                  "The path that is sent, with {names} of the path's captures. The query is kept unless it "
                  "has a `?`.")
          .member("strip_prefix", &Route::strip_prefix, "A prefix of the path that is not sent.")
          .member("max_body", &Route::max_body,
                  "The longest body of a request; beyond it 413. Without it: that of `defaults`.")
          .member("buffer", &Route::buffer,
                  "What a filter may hold of a body, at most `max_body`; beyond it 413. Without it: 1MiB, or "
                  "less "
                  "where `max_body` is.")
          .member("timeout", &Route::timeout,
                  "From the request's head to the answer's head, attempts included; each piece of the "
                  "request's body "
                  "starts it anew. Without it: that of `defaults`.",
                  at_least<Duration>(1ms))
          .member("timeouts", &Route::timeouts, "How long the answer may take once its head is there.")
          .member("deadline", &Route::deadline, "Tells upstreams how long is left of a request.")
          .member("retry", &Route::retry, "Tries again, at another endpoint, what failed at one.")
          .member("hedge", &Route::hedge,
                  "Asks a second endpoint while the first still waits for its answer; the first head that "
                  "comes is taken. For idempotent methods, without a body.")
          .member("faults", &Route::faults,
                  "Faults that are injected before an upstream is asked, to rehearse what callers do then.")
          .member("mirror", &Route::mirror, "Sends a copy of requests to another upstream as well.")
          .member("split", &Route::split,
                  "By what callers are told apart, where `to` has several upstreams: each stays on its side.")
          .member("to", &Route::to,
                  "The upstream, several with weights, or one to `read` from and one to `write` to.")
          .member("respond", &Route::respond, "Answer here.")
          .member("redirect", &Route::redirect, "Send the client elsewhere.")
          .exactly_one({"to", "respond", "redirect"})
          .at_most_one({"rewrite", "strip_prefix"});
  return s;
}

}  // namespace sluice::config
