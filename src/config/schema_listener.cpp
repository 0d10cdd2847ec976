// What the keys of a listener mean.
#include "config/config.hpp"

namespace sluice::config {

const Schema& Certificate::schema() {
  static const Schema s =
      describe<Certificate>("A certificate chain and its key, both PEM.")
          .member("cert", &Certificate::cert, "The chain, the server's own certificate first.", required)
          .member("key", &Certificate::key, "The private key.", required);
  return s;
}

const Schema& ListenerTls::schema() {
  static const Schema s =
      describe<ListenerTls>("TLS towards clients.")
          .member("certificates", &ListenerTls::certificates,
                  "Chosen by the name that the client asks for: exact, wildcard, then the first. "
                  "`self-signed` makes "
                  "one in memory, for trying out.",
                  required)
          .member("min_version", &ListenerTls::min_version, "The oldest TLS version that is spoken.")
          .member("client_ca", &ListenerTls::client_ca, "Authorities whose client certificates are accepted.")
          .member("client_auth", &ListenerTls::client_auth,
                  "Whether a client has to show a certificate; means something only with `client_ca`.")
          .member("ticket_keys", &ListenerTls::ticket_keys,
                  "Files of 80 bytes each for session tickets, shared by replicas: the first encrypts, all "
                  "decrypt. "
                  "Without them: random, rotated every 12h.")
          .check([](const ListenerTls& t, Faults& faults) {
            if (t.certificates && t.certificates->empty())
              faults.add("certificates", "expected at least one certificate, or self-signed");
            if (!t.client_ca && t.client_auth != ClientAuth::require)
              faults.add("client_auth", "means nothing without 'client_ca'");
          });
  return s;
}

const Schema& ListenerLimits::schema() {
  static const Schema s =
      describe<ListenerLimits>("What a client may ask for at most.")
          .member("head", &ListenerLimits::head, "A request's head, in all; beyond it 431.",
                  range(Size{1024}, mebibytes(1)))
          .member("target", &ListenerLimits::target, "The request target; beyond it 414.",
                  range(Size{128}, mebibytes(1)))
          .member("fields", &ListenerLimits::fields,
                  "Field lines of a head; beyond it 431. Also those of trailers; beyond it 400.",
                  range(1, 10000))
          .member("connections", &ListenerLimits::connections,
                  "Connections of the listener; further ones are closed.", at_least(1))
          .member("connections_per_ip", &ListenerLimits::connections_per_ip,
                  "Connections of one client address, for IPv6 of its /64.", at_least(1))
          .member("requests_per_connection", &ListenerLimits::requests_per_connection,
                  "Requests on one connection before it is closed.", at_least(1))
          .check([](const ListenerLimits& l, Faults& faults) {
            if (l.target > l.head) faults.add("target", "'target' is larger than 'head', which contains it");
          });
  return s;
}

const Schema& ListenerTimeouts::schema() {
  static const Schema s =
      describe<ListenerTimeouts>("How long a client may take.")
          .member("head", &ListenerTimeouts::head, "From the first byte of a head to its end; beyond it 408.",
                  at_least<Duration>(1ms))
          .member("body", &ListenerTimeouts::body, "Between two pieces of a request's body; beyond it 408.",
                  at_least<Duration>(1ms))
          .member("body_rate", &ListenerTimeouts::body_rate, "The least a body may come at, on average.")
          .member("idle", &ListenerTimeouts::idle, "Without a request on a kept connection.",
                  at_least<Duration>(1ms))
          .member("write", &ListenerTimeouts::write, "Without the client taking a byte of what is sent.",
                  at_least<Duration>(1ms));
  return s;
}

const Schema& Listener::schema() {
  static const Schema s =
      describe<Listener>("A place where clients connect.")
          .member("bind", &Listener::bind,
                  "One or several addresses: host:port, :port, [::1]:port or unix:/path.", required)
          .member("backlog", &Listener::backlog, "Connections that the system keeps until they are accepted.",
                  range(1, 65535))
          .member("proxy_protocol", &Listener::proxy_protocol,
                  "The PROXY protocol's version that every connection has to begin with, from trusted "
                  "proxies only.")
          .member("trusted_proxies", &Listener::trusted_proxies,
                  "Whose X-Forwarded-*, Forwarded, X-Request-ID and PROXY lines are believed.")
          .member(
              "forwarded", &Listener::forwarded,
              "Which of the two is believed: X-Forwarded-* (`x`) or Forwarded (`rfc7239`). Both are written.")
          .member("tls", &Listener::tls, "TLS towards clients; without it connections are plain.")
          .member("limits", &Listener::limits, "What a client may ask for at most.")
          .member("timeouts", &Listener::timeouts, "How long a client may take.")
          .member("redirect_https", &Listener::redirect_https,
                  "Answer everything with a redirect to https on this port.", range(1, 65535))
          .check([](const Listener& l, Faults& faults) {
            if (l.bind.empty()) faults.add("bind", "expected at least one address");
            if (l.tls && l.redirect_https) faults.add("redirect_https", "the listener speaks https already");
            if (l.proxy_protocol != ProxyProtocol::off && l.trusted_proxies.empty())
              faults.add("proxy_protocol", "needs 'trusted_proxies': nobody else may send it");
          });
  return s;
}

}  // namespace sluice::config
