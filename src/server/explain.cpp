#include "server/explain.hpp"

#include "base/mailbox.hpp"
#include "base/timer_wheel.hpp"
#include "http/authority.hpp"
#include "http/target.hpp"
#include "proxy/method_set.hpp"
#include "proxy/mirror.hpp"
#include "proxy/rewrite.hpp"
#include "proxy/split.hpp"
#include "server/build.hpp"
#include "server/explain_chain.hpp"

namespace sluice::server {
namespace {

// The parts of a URL; without a scheme it is a path.
struct Url {
  bool tls = false;
  std::string_view authority, target = "/";
};

Url split(std::string_view text) {
  Url url;
  auto scheme = text.find("://");
  if (scheme == text.npos) {
    url.target = text;
    return url;
  }
  url.tls = text.substr(0, scheme) == "https";
  text.remove_prefix(scheme + 3);
  auto slash = std::min(text.find_first_of("/?"), text.size());
  url.authority = text.substr(0, slash);
  if (slash < text.size()) url.target = text.substr(slash);
  return url;
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A worker that nothing runs on, so that there can be an exchange.
struct Bench {
  TimerWheel timers{TimePoint()};
  Mailbox mailbox;
  RunQueue queue;
  RunQueue::Here here{queue};
  Scope background;
  Worker worker{0, timers, mailbox, background};
  Arena arena;
  Peer peer;
  Exchange exchange{worker, arena, peer};
};

class Explainer {
 public:
  Explainer(const config::Config& config, const Snapshot& snapshot) : config_(config), snapshot_(snapshot) {}

  Outcome<std::string> run(const ExplainedRequest& asked) {
    if (auto taken = take(asked); !taken) return Failure{taken.failure()};
    line("request", asked.method + ' ' + shown(asked.url));
    line("listener", listener_);
    if (auto& port = snapshot_.listener(listener_).redirect_https; port && !tls_)
      describe_unrouted("308, a redirect to https, port " + std::to_string(*port));
    else
      describe(snapshot_.router.explain(x_.request, listener_, bench_.arena));
    return text_;
  }

 private:
  Outcome<Done> take(const ExplainedRequest& asked) {
    auto url = split(asked.url);
    auto& r = x_.request;
    r.method_text = asked.method;
    r.method = proxy::method_of(asked.method);
    tls_ = url.tls;
    r.scheme = tls_ ? "https" : "http";
    auto authority = http::parse_authority(url.authority.empty() ? "localhost" : url.authority, bench_.arena);
    if (!authority) return Failure{"the URL's host is malformed: " + std::string(url.authority)};
    r.authority = authority->text;
    r.host = authority->host;
    auto port = authority->port ? authority->port : std::uint16_t(tls_ ? 443 : 80);
    listener_ = listener_for(config_, tls_, port);
    if (auto path = take_path(url.target); !path) return path;
    return take_headers(asked.headers);
  }

  Outcome<Done> take_path(std::string_view target) {
    auto parts = http::split_target(target);
    auto path =
        http::normalise_path(parts.path.empty() ? "/" : parts.path, snapshot_.merge_slashes, bench_.arena);
    if (!path) return Failure{"the URL's path would be refused with 400: " + std::string(path.error().cause)};
    x_.request.path = *path;
    x_.request.query = parts.query;
    x_.request.has_query = parts.has_query;
    return Done{};
  }

  Outcome<Done> take_headers(const std::vector<std::string>& headers) {
    for (auto& header : headers) {
      auto colon = header.find(':');
      if (colon == header.npos || colon == 0)
        return Failure{"a header is written 'Name: value', not '" + header + "'"};
      x_.request.fields.add(std::string_view(header).substr(0, colon),
                            trim(std::string_view(header).substr(colon + 1)));
    }
    return Done{};
  }

  void describe(const proxy::Explanation& e) {
    switch (e.choice.how) {
      case proxy::Choice::How::none:
        describe_unrouted("404, no route matches");
        break;
      case proxy::Choice::How::method:
        describe_unrouted("405, Allow: " + std::string(e.choice.allow));
        break;
      case proxy::Choice::How::route:
        describe_route(snapshot_.routes[e.choice.rule], e);
        break;
    }
    for (auto& p : e.passed_over) line("passed", p.route + ": " + p.reason);
  }

  // The edge has its say before that.
  void describe_unrouted(const std::string& answer) {
    describe_chain("", snapshot_.edge);
    line("answer", answer);
  }

  void describe_route(const Route& route, const proxy::Explanation& e) {
    line("route", route.name);
    for (auto& reason : e.reasons) line("because", reason);
    x_.parameters = e.choice.parameters;
    x_.route = &route;
    describe_chain(route.name, route.chain);
    std::visit([&](auto& action) { describe(route, action); }, route.action);
  }

  void describe_chain(const std::string& route, const pipeline::FilterChain& chain) {
    for (auto& filter : server::describe_chain(config_, route, chain)) line("filter", filter);
    if (chain.steps().empty()) line("filters", "none");
  }

  // What is printed may be passed on to others: no credential is in it.
  std::string masked(std::string_view query) {
    return std::string(http::masked_query(query, snapshot_.secret_parameters, bench_.arena));
  }
  std::string shown(const std::string& url) {
    auto mark = url.find('?');
    return mark == url.npos ? url : url.substr(0, mark + 1) + masked(std::string_view(url).substr(mark + 1));
  }

  void describe(const Route& route, const proxy::Forward& forward) {
    if (forward.write && !is_safe(x_.request.method))
      line("upstream", forward.write->name() + ": " + endpoints_of(*forward.write));
    else
      for (auto& target : forward.to)
        line("upstream", target.upstream->name() + ", weight " + std::to_string(target.weight) + ": " +
                             endpoints_of(*target.upstream));
    if (forward.split) describe(forward, *forward.split);
    if (route.mirror) describe(*route.mirror);
    auto sent = proxy::target_of(x_, route, snapshot_.merge_slashes);
    if (!sent) return line("answer", "400, " + std::string(sent.error().cause));
    line("sends", std::string(x_.request.method_text) + ' ' + std::string(sent->path) +
                      (sent->has_query ? "?" : "") + masked(sent->query));
  }
  static std::string listed(const std::vector<Variable>& variables, const char* between) {
    std::string text;
    for (auto& v : variables) text += (text.empty() ? "" : between) + v.spelling();
    return text;
  }

  // Whose side it is, as far as the request tells; who asks is known only once filters have run.
  void describe(const proxy::Forward& forward, const proxy::Split& split) {
    auto text = "by " + listed(split.key(), ", else ");
    if (!split.force().empty()) text += "; " + listed(split.force(), " or ") + " may name the upstream";
    line("split", text);
    auto choice = split.choose(x_);
    if (!choice) return;
    auto& side = forward.to[choice->side].upstream->name();
    if (!choice->by) return line("side", side + ", the only one with a weight");
    if (choice->forced) return line("side", side + ", named by " + choice->by->spelling());
    if (is_told(split.key(), *choice->by)) line("side", side + ", by " + choice->by->spelling());
  }
  static bool is_told(const std::vector<Variable>& key, const Variable& by) {
    auto unknown = [](auto& v) { return v.needs_identity() || v.kind() == Variable::Kind::client_ip; };
    return std::none_of(key.data(), &by + 1, unknown);
  }

  void describe(const proxy::Mirror& mirror) {
    auto text = mirror.to->name() + ": " + endpoints_of(*mirror.to);
    if (!mirror.wants(x_.request)) return line("mirror", text + "; not this method");
    line("mirror", text + "; " + Scalar<Percent>::print({mirror.sample}) + " of the requests with at most " +
                       Scalar<Size>::print({mirror.max_body}) + " of body, " +
                       (mirror.credentials ? "with" : "without") + " credentials");
  }

  void describe(const Route&, const proxy::Respond& respond) {
    line("answer", std::to_string(respond.status) + ", " + std::to_string(respond.body.size()) + " bytes");
  }
  void describe(const Route&, const proxy::Redirect& redirect) {
    line("answer", std::to_string(redirect.status) + ", to " + std::string(proxy::location_of(x_, redirect)));
  }

  static std::string endpoints_of(const upstream::Upstream& u) {
    std::string text;
    auto set = u.endpoints();
    for (auto& m : set->members()) text += (text.empty() ? "" : ", ") + m.endpoint->name();
    return text.empty() ? "endpoints are discovered" : text;
  }

  void line(std::string_view label, std::string_view what) {
    text_.append(label).append(10 - std::min<std::size_t>(label.size(), 9), ' ').append(what).append(1, '\n');
  }

  const config::Config& config_;
  const Snapshot& snapshot_;
  Bench bench_;
  Exchange& x_ = bench_.exchange;
  bool tls_ = false;
  std::string listener_;
  std::string text_;
};

bool binds_port(const config::Listener& l, std::uint16_t port) {
  return std::any_of(l.bind.begin(), l.bind.end(), [&](auto& a) { return !a.is_unix() && a.port == port; });
}

}  // namespace

std::string listener_for(const config::Config& config, bool tls, std::uint16_t port) {
  for (auto& [name, l] : config.listeners)
    if (l.tls.has_value() == tls && binds_port(l, port)) return name;
  for (auto& [name, l] : config.listeners)
    if (l.tls.has_value() == tls && !l.redirect_https) return name;
  return config.listeners.empty() ? "" : config.listeners.begin()->first;
}

Outcome<std::string> explain(const config::Config& config, std::span<const FilterKind> filters,
                             const ExplainedRequest& request) {
  telemetry::Metrics metrics(1);
  upstream::Registry endpoints(metrics, 1, [](auto) {});
  Registries registries(metrics, endpoints, filters);
  auto snapshot = build_routing(config, registries);
  return Explainer(config, *snapshot).run(request);
}

}  // namespace sluice::server
