// How an upstream is spoken to over TLS. The context has what all endpoints share: trust, client certificate,
// rules. A TlsEndpoint has the name that one endpoint must prove, and its sessions.
//
//   TlsNotes notes;
//   auto context = TlsClientContext::build(settings, wall_now(), notes);        // null: see notes.errors
//   auto endpoint = std::make_shared<TlsEndpoint>(context, "users.internal");   // server_name, or the URL's
//   host auto transport = std::make_unique<TlsTransport>(std::move(socket), endpoint);
//
// TLS 1.2 (forward secrecy and AEAD) and 1.3. Certificates are verified by name or address unless verify is
// false. Both types are shared by the workers.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/tls/certificate.hpp"
#include "net/tls/pem.hpp"
#include "sluice/clock.hpp"

namespace sluice::net {

struct TlsClientSettings {
  std::optional<Pem> ca;                       // absent: the system's
  std::optional<CertificatePair> certificate;  // shown where the upstream asks for one
  bool verify = true;
  std::vector<std::string> alpn = {"http/1.1"};
};

class TlsClientContext {
 public:
  static std::shared_ptr<const TlsClientContext> build(const TlsClientSettings& settings, WallPoint now,
                                                       TlsNotes& notes);

  // The client certificate's, where there is one.
  const std::optional<CertificateInfo>& certificate() const noexcept { return certificate_; }

 private:
  friend class TlsEndpoint;
  TlsClientContext() = default;
  bool trust(const TlsClientSettings& settings, TlsNotes& notes);
  bool identify(const TlsClientSettings& settings, WallPoint now, TlsNotes& notes);

  SslContextPtr context_;
  std::optional<CertificateInfo> certificate_;
};

class TlsEndpoint {
 public:
  // `name`: a host name or an IP address, without port; brackets around IPv6 are fine.
  TlsEndpoint(std::shared_ptr<const TlsClientContext> context, std::string_view name);

  // Sessions kept for resumption; a TLS 1.3 ticket is used once.
  static constexpr std::size_t max_sessions = 4;

  // For TlsTransport: a connection's state. This must outlive it.
  SslPtr open();

 private:
  friend struct TlsClientCallbacks;
  SslSessionPtr take_session();
  void keep_session(SslSessionPtr session);

  std::shared_ptr<const TlsClientContext> context_;
  std::string name_;
  bool is_address_;
  std::mutex mutex_;
  std::vector<SslSessionPtr> sessions_;  // the newest last
};

}  // namespace sluice::net
