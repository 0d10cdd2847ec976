#include "net/tls/client_context.hpp"

#include <openssl/err.h>

#include <new>

#include "net/tls/rules.hpp"
#include "sluice/ip.hpp"

namespace sluice::net {

struct TlsClientCallbacks {
  // OpenSSL hands a reference over where 1 is returned.
  static int on_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsEndpoint*>(SSL_get_app_data(ssl))->keep_session(SslSessionPtr(session));
    return 1;
  }
};

std::shared_ptr<const TlsClientContext> TlsClientContext::build(const TlsClientSettings& settings,
                                                                WallPoint now, TlsNotes& notes) {
  std::shared_ptr<TlsClientContext> self(new TlsClientContext);
  self->context_ = make_tls_context(false);
  auto* c = self->context_.get();
  bool trusted = self->trust(settings, notes);
  bool identified = self->identify(settings, now, notes);
  auto alpn = alpn_wire(settings.alpn);
  SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(c, &TlsClientCallbacks::on_session);
  return trusted && identified ? self : nullptr;
}

bool TlsClientContext::trust(const TlsClientSettings& settings, TlsNotes& notes) {
  auto* c = context_.get();
  SSL_CTX_set_verify(c, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!settings.ca) return SSL_CTX_set_default_verify_paths(c) == 1;
  auto authorities = load_certificates(*settings.ca, notes);
  for (auto& x : authorities) X509_STORE_add_cert(SSL_CTX_get_cert_store(c), x.get());
  ERR_clear_error();
  return !authorities.empty();
}

bool TlsClientContext::identify(const TlsClientSettings& settings, WallPoint now, TlsNotes& notes) {
  if (!settings.certificate) return true;
  auto& name = settings.certificate->certificates.name;
  auto identity = load_identity(*settings.certificate, notes);
  if (!identity || !use_identity(*context_, *identity, name, notes)) return false;
  certificate_ = describe(*identity->chain.front(), name);
  note_validity(*certificate_, now, notes);
  return true;
}

TlsEndpoint::TlsEndpoint(std::shared_ptr<const TlsClientContext> context, std::string_view name)
    : context_(std::move(context)), name_(name) {
  if (name_.starts_with('[') && name_.ends_with(']')) name_ = name_.substr(1, name_.size() - 2);
  if (name_.ends_with('.')) name_.pop_back();
  is_address_ = IpAddress::parse(name_).has_value();
}

// RFC 6066 §3: an address is no server name.
SslPtr TlsEndpoint::open() {
  SslPtr ssl(SSL_new(context_->context_.get()));
  if (!ssl) throw std::bad_alloc();
  SSL_set_app_data(ssl.get(), this);
  SSL_set_connect_state(ssl.get());
  auto* verification = SSL_get0_param(ssl.get());
  X509_VERIFY_PARAM_set_hostflags(verification, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool good = is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(verification, name_.c_str()) == 1
                          : X509_VERIFY_PARAM_set1_host(verification, name_.data(), name_.size()) == 1 &&
                                SSL_set_tlsext_host_name(ssl.get(), name_.c_str()) == 1;
  if (!good) throw std::bad_alloc();
  if (auto session = take_session()) SSL_set_session(ssl.get(), session.get());
  return ssl;
}

// A TLS 1.3 ticket is for one use (RFC 8446 §C.4); an older session stays.
SslSessionPtr TlsEndpoint::take_session() {
  std::lock_guard lock(mutex_);
  while (!sessions_.empty()) {
    auto& newest = sessions_.back();
    if (SSL_SESSION_is_resumable(newest.get()) &&
        SSL_SESSION_get_protocol_version(newest.get()) < TLS1_3_VERSION) {
      SSL_SESSION_up_ref(newest.get());
      return SslSessionPtr(newest.get());
    }
    auto session = std::move(newest);
    sessions_.pop_back();
    if (SSL_SESSION_is_resumable(session.get())) return session;
  }
  return nullptr;
}

void TlsEndpoint::keep_session(SslSessionPtr session) {
  std::lock_guard lock(mutex_);
  if (sessions_.size() == max_sessions) sessions_.erase(sessions_.begin());
  sessions_.push_back(std::move(session));
}

}  // namespace sluice::net
