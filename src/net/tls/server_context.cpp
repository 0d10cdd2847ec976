#include "net/tls/server_context.hpp"

#include <openssl/err.h>

#include <new>
#include <set>

#include "net/tls/rules.hpp"
#include "net/tls/session_scope.hpp"

namespace sluice::net {

// What was read from the files.
struct TlsServerContext::Loaded {
  std::vector<TlsIdentity> identities;
  std::vector<CertificateInfo> infos;  // of the identities, in the same order
  std::vector<CertificateChoice::Candidate> candidates;
  std::vector<X509Ptr> client_authorities;
  std::shared_ptr<TicketKeys> ticket_keys;

  void read(const TlsServerSettings& settings, WallPoint now, TlsNotes& notes);
  void read_identity(const CertificatePair& pair, WallPoint now, TlsNotes& notes);
};

void TlsServerContext::Loaded::read(const TlsServerSettings& settings, WallPoint now, TlsNotes& notes) {
  for (auto& pair : settings.certificates) read_identity(pair, now, notes);
  if (settings.certificates.empty()) notes.errors.push_back(settings.listener + ": no certificate is named");
  if (settings.client_ca) client_authorities = load_certificates(*settings.client_ca, notes);
  ticket_keys = settings.ticket_keys;
  if (!settings.ticket_key_files.empty())
    ticket_keys = TicketKeys::from_files(settings.ticket_key_files, notes);
  else if (!ticket_keys)
    ticket_keys = std::make_shared<TicketKeys>();
}

void TlsServerContext::Loaded::read_identity(const CertificatePair& pair, WallPoint now, TlsNotes& notes) {
  auto identity = load_identity(pair, notes);
  if (!identity) return;
  infos.push_back(describe(*identity->chain.front(), pair.certificates.name));
  note_validity(infos.back(), now, notes);
  candidates.push_back({infos.back().names, EVP_PKEY_get_base_id(identity->key.get())});
  identities.push_back(std::move(*identity));
}

namespace {

// In lower case, without a trailing dot; empty where there is none. What is malformed OpenSSL refuses by
// itself a little later. RFC 6066 §3: the length of the list, the type (0: a host name), the length of the
// name.
std::string server_name_of(SSL* ssl) {
  const unsigned char* at = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at, &size) != 1 || size < 5) return {};
  std::size_t length = std::size_t{at[3]} << 8 | at[4];
  if (at[2] != TLSEXT_NAMETYPE_host_name || length != size - 5) return {};
  std::string name(reinterpret_cast<const char*>(at + 5), length);
  for (auto& c : name)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::string& name_kept_for(SSL* ssl) noexcept {
  return *static_cast<std::string*>(SSL_get_app_data(ssl));
}

// RFC 6066 §3: not under another server name. And not on behalf of a client whose certificate has expired.
bool may_resume(SSL* ssl, SSL_SESSION* session) {
  auto* name = SSL_SESSION_get0_hostname(session);
  if (OPENSSL_strcasecmp(name ? name : "", name_kept_for(ssl).c_str()) != 0) return false;
  auto* client = SSL_SESSION_get0_peer(session);
  return !client || X509_cmp_current_time(X509_get0_notAfter(client)) > 0;
}

bool trust_clients(SSL_CTX& context, const std::vector<X509Ptr>& authorities, bool required) {
  StorePtr store(X509_STORE_new());
  bool good = store != nullptr;
  for (auto& x : authorities)
    good = good && X509_STORE_add_cert(store.get(), x.get()) == 1 &&
           SSL_CTX_add_client_CA(&context, x.get()) == 1;
  SSL_CTX_set_cert_store(&context, store.release());
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return good;
}

void note_unused(const CertificateChoice& choice, const std::vector<CertificateInfo>& infos,
                 TlsNotes& notes) {
  std::set<std::size_t> used;
  for (auto& group : choice.groups()) used.insert(group.begin(), group.end());
  for (std::size_t i = 0; i < infos.size(); ++i)
    if (!used.contains(i))
      notes.warnings.push_back(infos[i].file + ": never used, earlier certificates have all of its names");
}

}  // namespace

struct TlsServerCallbacks {
  static const TlsServerContext& context(void* p) noexcept { return *static_cast<TlsServerContext*>(p); }

  // Before the session is looked for, unlike the server-name callback: so a ticket is judged under the rules
  // of the context that the name selects.
  static int on_client_hello(SSL* ssl, int*, void* self) {
    auto& name = name_kept_for(ssl);
    name = server_name_of(ssl);
    auto& chosen = context(self).contexts_[context(self).choice_.find(name)];
    SSL_set_SSL_CTX(ssl, chosen.get());
    return SSL_CLIENT_HELLO_SUCCESS;
  }

  // Only says that the name was taken, for the session and for the answer to the client.
  static int on_server_name(SSL* ssl, int*, void*) {
    return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
  }

  // RFC 7301 §3.2: no protocol in common ends the handshake.
  static int on_protocols(SSL*, const unsigned char** out, unsigned char* out_size,
                          const unsigned char* theirs, unsigned theirs_size, void* self) {
    auto& ours = context(self).alpn_;
    auto found = SSL_select_next_proto(const_cast<unsigned char**>(out), out_size,
                                       reinterpret_cast<const unsigned char*>(ours.data()),
                                       static_cast<unsigned>(ours.size()), theirs, theirs_size);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  static SSL_TICKET_RETURN on_session(SSL* ssl, SSL_SESSION* session, const unsigned char*, std::size_t,
                                      SSL_TICKET_STATUS status, void*) {
    bool decrypted = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    if (!decrypted || !may_resume(ssl, session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
    // A 1.3 client uses a ticket once (RFC 8446 §C.4): without a new one, its next connection is a full one.
    bool renew = status == SSL_TICKET_SUCCESS_RENEW || SSL_version(ssl) == TLS1_3_VERSION;
    return renew ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
  }
};

std::shared_ptr<const TlsServerContext> TlsServerContext::build(const TlsServerSettings& settings,
                                                                WallPoint now, TlsNotes& notes) {
  auto errors_before = notes.errors.size();
  Loaded loaded;
  loaded.read(settings, now, notes);
  if (notes.errors.size() > errors_before) return nullptr;
  std::shared_ptr<TlsServerContext> context(new TlsServerContext(settings, std::move(loaded), notes));
  return notes.errors.size() > errors_before ? nullptr : context;
}

TlsServerContext::TlsServerContext(const TlsServerSettings& settings, Loaded loaded, TlsNotes& notes)
    : alpn_(alpn_wire(settings.alpn)),
      ticket_keys_(std::move(loaded.ticket_keys)),
      choice_(loaded.candidates) {
  for (auto& group : choice_.groups()) {
    auto& files = loaded.infos;
    SessionScope scope{
        settings.listener, loaded.client_authorities, settings.client_auth == ClientAuth::require, {}};
    for (auto i : group) scope.names.insert(files[i].names.begin(), files[i].names.end());
    auto id = session_scope(scope);
    contexts_.push_back(make(settings, loaded, group, notes));
    SSL_CTX_set_session_id_context(contexts_.back().get(), id.data(), id.size());
  }
  note_unused(choice_, loaded.infos, notes);
  certificates_ = std::move(loaded.infos);
}

SslContextPtr TlsServerContext::make(const TlsServerSettings& settings, const Loaded& loaded,
                                     const CertificateChoice::Group& group, TlsNotes& notes) {
  auto context = make_tls_context(true);
  if (settings.min_version == TlsVersion::v1_3) SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  for (auto i : group) use_identity(*context, loaded.identities[i], loaded.infos[i].file, notes);
  if (settings.client_ca &&
      !trust_clients(*context, loaded.client_authorities, settings.client_auth == ClientAuth::require))
    notes.errors.push_back(settings.client_ca->name + ": " + take_openssl_reason());
  listen_to(*context);
  return context;
}

void TlsServerContext::listen_to(SSL_CTX& context) {
  SSL_CTX_set_client_hello_cb(&context, &TlsServerCallbacks::on_client_hello, this);
  SSL_CTX_set_tlsext_servername_callback(&context, &TlsServerCallbacks::on_server_name);
  SSL_CTX_set_alpn_select_cb(&context, &TlsServerCallbacks::on_protocols, this);
  SSL_CTX_set_session_ticket_cb(&context, nullptr, &TlsServerCallbacks::on_session, nullptr);
  use_ticket_keys(context, *ticket_keys_);
}

bool TlsServerContext::host_matches(std::string_view sni, std::string_view host) const noexcept {
  return sni == host || choice_.find(sni) == choice_.find(host);
}

SslPtr TlsServerContext::open(std::string& server_name) const {
  SslPtr ssl(SSL_new(contexts_.front().get()));
  if (!ssl) throw std::bad_alloc();
  SSL_set_app_data(ssl.get(), &server_name);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace sluice::net
