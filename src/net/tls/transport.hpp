// TlsTransport: TLS around another transport, on either side.
//
//   stream.exchange_transport(std::make_unique<TlsTransport>(std::move(socket), context,
//   beyond_proxy_header)); auto greeting = stream.handshake();                  // would_block: again at any
//   event, of either direction if (auto done = co_await greeting) peer.tls_version = tls.facts().version; if
//   (!tls.serves(host)) refuse(421);
//
// Reading never waits for writing: what OpenSSL has to answer while it reads (key updates) is held back and
// leaves with the next send, as RFC 8446 §4.6.3 has it. Writing waits for reading only inside a fragmented
// post-handshake message; so a sender that is blocked tries again at any event.
//
// The end of the other side is its close_notify. A connection that ends without one was cut, by whom is
// unknown: `broken`, RFC 8446 §6.1. (So SSL_OP_IGNORE_UNEXPECTED_EOF is not set: a body that lasts to the end
// of the connection could be shortened by anybody on the way.)
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls/certificate.hpp"
#include "net/tls/client_context.hpp"
#include "net/tls/layer_bio.hpp"
#include "net/tls/server_context.hpp"
#include "net/transport.hpp"

namespace sluice::net {

// Known once the handshake is done. Lives as long as the transport.
struct TlsFacts {
  std::string_view version;   // "TLSv1.3"
  std::string_view suite;     // "TLS_AES_128_GCM_SHA256"
  std::string_view protocol;  // what ALPN agreed on; empty: nothing
  std::string server_name;    // server: SNI, lower case, without a trailing dot; empty: none
  std::unique_ptr<const ClientCertificate> client;  // server: verified; null: none
  bool resumed = false;
};

class TlsTransport final : public Transport {
 public:
  // Server. `received`: what was read beyond a PROXY header, the first bytes of the handshake.
  TlsTransport(std::unique_ptr<Transport> below, std::shared_ptr<const TlsServerContext> context,
               std::string_view received = {});
  // Client.
  TlsTransport(std::unique_ptr<Transport> below, std::shared_ptr<TlsEndpoint> endpoint);
  ~TlsTransport() override;

  Moved handshake() noexcept override;
  Moved receive(std::span<char> into) noexcept override;
  // Small parts share a record. After would_block the next send has to begin with the same bytes.
  Moved send(std::span<const iovec> parts) noexcept override;
  bool finish() noexcept override;
  int descriptor() const noexcept override { return below_.transport().descriptor(); }

  const TlsFacts& facts() const noexcept { return facts_; }
  // Server: whether `host` (lower case, no port) selects the certificate that the client was shown.
  bool serves(std::string_view host) const noexcept;
  // Why it is broken, in OpenSSL's words, static: "no shared cipher", "hostname mismatch"; or empty.
  const char* fault() const noexcept { return fault_; }

 private:
  X509* verified_client() const noexcept;
  void learn_facts();
  Moved failed(int result) noexcept;
  const char* reason_of_fault() noexcept;
  Moved broke(const char* reason) noexcept;
  Moved encrypt(std::span<const iovec> parts) noexcept;

  std::shared_ptr<const TlsServerContext> server_;
  std::shared_ptr<TlsEndpoint> endpoint_;
  TlsFacts facts_;
  LayerBio below_;
  SslPtr ssl_;               // uses all of the above
  std::size_t blocked_ = 0;  // the plaintext of a record that OpenSSL has made and could not send
  const char* fault_ = "";
  bool ready_ = false;
  bool broken_ = false;
  bool said_goodbye_ = false;
};

}  // namespace sluice::net
