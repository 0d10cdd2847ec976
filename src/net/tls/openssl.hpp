// OpenSSL's objects with owners, and its error queue.
//
//   SslPtr ssl(SSL_new(context));
//   if (SSL_CTX_use_certificate(c, x) != 1) errors.push_back(file + ": " + take_openssl_reason());
//
// The queue belongs to the thread, and SSL_get_error() is misled by what an earlier failure left in it:
// whoever calls OpenSSL empties it after a failure.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace sluice::net {

template <auto release>
struct OpensslDeleter {
  template <class T>
  void operator()(T* p) const noexcept {
    release(p);
  }
};

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpensslDeleter<SSL_CTX_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpensslDeleter<SSL_SESSION_free>>;
using StorePtr = std::unique_ptr<X509_STORE, OpensslDeleter<X509_STORE_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

// The reason of the oldest error in the thread's queue, in OpenSSL's words; empties the queue. The text is
// static.
const char* take_openssl_reason() noexcept;

// Before a call whose failure SSL_get_error() is to judge. Emptying an empty queue costs 100 ns; looking, 15.
inline void drop_stale_errors() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

// For SSL_CTX_set_alpn_protos() and SSL_select_next_proto(): each name after its length. RFC 7301 §3.1
template <class Names>
std::string alpn_wire(const Names& protocols) {
  std::string wire;
  for (auto& p : protocols) wire.append(1, static_cast<char>(p.size())).append(p);
  return wire;
}

}  // namespace sluice::net
