#include "net/tls/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace sluice::net {
namespace {

constexpr std::size_t max_file = 4 << 20;

std::optional<std::string> text_of(const Pem& pem, TlsNotes& notes) {
  if (!pem.text.empty()) return pem.text;
  return read_file(pem.name, notes);
}

BioPtr reader(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The end of a file looks to OpenSSL like a missing BEGIN line.
bool at_end() noexcept {
  return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

std::optional<std::string> read_file(const std::string& file, TlsNotes& notes) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text;
  char block[4096];
  while (in && text.size() <= max_file) {
    in.read(block, sizeof block);
    text.append(block, static_cast<std::size_t>(in.gcount()));
  }
  if (in.eof() && text.size() <= max_file) return text;
  notes.errors.push_back(file + ": cannot be read: " + (errno ? std::strerror(errno) : "too large"));
  return std::nullopt;
}

std::vector<X509Ptr> load_certificates(const Pem& pem, TlsNotes& notes) {
  std::vector<X509Ptr> found;
  auto text = text_of(pem, notes);
  if (!text) return found;
  ERR_clear_error();
  auto bio = reader(*text);
  while (X509* x = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) found.emplace_back(x);
  if (!at_end()) {
    notes.errors.push_back(pem.name + ": certificate " + std::to_string(found.size() + 1) + ": " +
                           take_openssl_reason());
    return {};
  }
  ERR_clear_error();
  if (found.empty()) notes.errors.push_back(pem.name + ": holds no certificate");
  return found;
}

KeyPtr load_key(const Pem& pem, TlsNotes& notes) {
  auto text = text_of(pem, notes);
  if (!text) return nullptr;
  ERR_clear_error();
  bool encrypted = false;
  bool holds_key = text->find("PRIVATE KEY-----") != text->npos;
  auto bio = reader(*text);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_passphrase, &encrypted));
  OPENSSL_cleanse(text->data(), text->size());
  if (key) return key;
  if (encrypted)
    notes.errors.push_back(pem.name + ": key is encrypted; one without a passphrase is needed");
  else if (!holds_key)
    notes.errors.push_back(pem.name + ": holds no private key");
  else
    notes.errors.push_back(pem.name + ": key: " + take_openssl_reason());
  ERR_clear_error();
  return nullptr;
}

std::optional<TlsIdentity> load_identity(const CertificatePair& pair, TlsNotes& notes) {
  TlsIdentity identity{load_certificates(pair.certificates, notes), load_key(pair.key, notes)};
  if (identity.chain.empty() || !identity.key) return std::nullopt;
  if (X509_check_private_key(identity.chain.front().get(), identity.key.get()) == 1) return identity;
  ERR_clear_error();
  notes.errors.push_back(pair.certificates.name + ": key does not match certificate (" + pair.key.name + ")");
  return std::nullopt;
}

bool use_identity(SSL_CTX& context, const TlsIdentity& identity, const std::string& name, TlsNotes& notes) {
  ERR_clear_error();
  bool good = SSL_CTX_use_certificate(&context, identity.chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(&context, identity.key.get()) == 1 &&
              SSL_CTX_clear_chain_certs(&context) == 1;
  for (std::size_t i = 1; good && i < identity.chain.size(); ++i)
    good = SSL_CTX_add1_chain_cert(&context, identity.chain[i].get()) == 1;
  if (!good) notes.errors.push_back(name + ": " + take_openssl_reason());
  return good;
}

}  // namespace sluice::net
