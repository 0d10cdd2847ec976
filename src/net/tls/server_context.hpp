// TlsServerContext: how a listener speaks TLS. Immutable, shared by the workers, built off the data path; a
// reload builds another one and puts it in the listener's settings. Connections keep the one that they began
// with.
//
//   TlsNotes notes;
//   auto context = TlsServerContext::build(settings, wall_now(), notes);   // null: see notes.errors
//   auto transport = std::make_unique<TlsTransport>(std::move(socket), context);
//
// TLS 1.2 with ECDHE and AEAD suites only, and 1.3. No renegotiation, compression or early data. Sessions
// resume by tickets alone, never under another listener, client CA, client_auth or set of names.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls/certificate.hpp"
#include "net/tls/certificate_choice.hpp"
#include "net/tls/pem.hpp"
#include "net/tls/ticket_keys.hpp"
#include "sluice/clock.hpp"

namespace sluice::net {

enum class TlsVersion : unsigned char { v1_2, v1_3 };

// Whether a client has to show a certificate, where there is a client_ca. One that is shown has to be good in
// either case, or the handshake fails.
enum class ClientAuth : unsigned char { require, optional };

struct TlsServerSettings {
  std::string listener;                       // its name: tickets are bound to it
  std::vector<CertificatePair> certificates;  // at least one; the first is for unknown names
  TlsVersion min_version = TlsVersion::v1_2;
  std::optional<Pem> client_ca;
  ClientAuth client_auth = ClientAuth::require;
  std::vector<std::string> ticket_key_files;     // see TicketKeys
  std::shared_ptr<TicketKeys> ticket_keys;       // where no files are named; null: random ones of its own
  std::vector<std::string> alpn = {"http/1.1"};  // what is spoken, the preferred first
};

class TlsServerContext {
 public:
  // Reads all files. Null where there are errors, all of which are noted.
  static std::shared_ptr<const TlsServerContext> build(const TlsServerSettings& settings, WallPoint now,
                                                       TlsNotes& notes);
  TlsServerContext(const TlsServerContext&) = delete;

  // Of each certificate, in the order of the settings: for metrics and `check`.
  std::span<const CertificateInfo> certificates() const noexcept { return certificates_; }

  // True where `host` selects the same certificate as the server name `sni` did (both in lower case, without
  // port; empty: none was sent). Where not, the request was misdirected: 421, RFC 9110 §15.5.20.
  bool host_matches(std::string_view sni, std::string_view host) const noexcept;

  // For TlsTransport: a connection's state. The server name is written to `server_name`, which has to outlive
  // it, as has this context.
  SslPtr open(std::string& server_name) const;

 private:
  friend struct TlsServerCallbacks;
  struct Loaded;

  TlsServerContext(const TlsServerSettings& settings, Loaded loaded, TlsNotes& notes);
  SslContextPtr make(const TlsServerSettings& settings, const Loaded& loaded,
                     const CertificateChoice::Group& group, TlsNotes& notes);
  void listen_to(SSL_CTX& context);

  std::string alpn_;
  std::shared_ptr<TicketKeys> ticket_keys_;
  std::vector<CertificateInfo> certificates_;
  CertificateChoice choice_;
  std::vector<SslContextPtr> contexts_;  // one for each group of choice_
};

}  // namespace sluice::net
