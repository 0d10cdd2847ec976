// Certificates and keys from PEM files, with messages that name the file and what is wrong with it.
//
//   TlsNotes notes;
//   auto identity = load_identity({{"/etc/sluice/api.pem"}, {"/etc/sluice/api.key"}}, notes);
//   if (!identity) print(notes.errors);   // "/etc/sluice/api.pem: key does not match certificate ..."
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"

namespace sluice::net {

// What was found while a context was built, one line each. With an error there is no context.
struct TlsNotes {
  std::vector<std::string> errors, warnings;
};

// Text in PEM: of a file, or at hand.
struct Pem {
  std::string name;  // the file's path; with a text, only what messages call it
  std::string text;  // where not empty, used instead of the file
};

struct CertificatePair {
  Pem certificates;  // the leaf first, then what leads to the root
  Pem key;
};

struct TlsIdentity {
  std::vector<X509Ptr> chain;  // the leaf first; never empty
  KeyPtr key;
};

// The bytes of `file`; absent with a note where it cannot be read.
std::optional<std::string> read_file(const std::string& file, TlsNotes& notes);
// All certificates; empty, with a note, where there is none or one is broken.
std::vector<X509Ptr> load_certificates(const Pem& pem, TlsNotes& notes);
// Keys are not asked a passphrase for: an encrypted one is an error.
KeyPtr load_key(const Pem& pem, TlsNotes& notes);
// Both, and that they belong together.
std::optional<TlsIdentity> load_identity(const CertificatePair& pair, TlsNotes& notes);
// Gives certificate, chain and key to a context.
bool use_identity(SSL_CTX& context, const TlsIdentity& identity, const std::string& name, TlsNotes& notes);

}  // namespace sluice::net
