// What a certificate says: names, subject, serial number, validity.
//
//   auto info = describe(*certificate);
//   gauge.set(info.not_after - now);                    // sluice_tls_certificate_expiry_seconds
//   note_validity(info, "/etc/sluice/api.pem", now, notes);
#pragma once
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"
#include "net/tls/pem.hpp"
#include "sluice/client_certificate.hpp"
#include "sluice/clock.hpp"

namespace sluice::net {

// One of a certificate's subjectAltNames (RFC 5280 §4.2.1.6); others than these kinds are left out.
struct SubjectName {
  enum class Kind : unsigned char { dns, uri, email, ip };
  Kind kind;
  std::string value;  // dns in lower case
  bool operator==(const SubjectName&) const = default;
};

struct CertificateInfo {
  std::string file;                // as messages name it
  std::string subject;             // RFC 4514: "CN=api.example.com,O=Example"
  std::string serial;              // hexadecimal, as `openssl x509 -serial` prints it
  std::vector<std::string> names;  // that it may serve, lower case; the CN only where there is no SAN
  WallPoint not_before, not_after;
};

std::vector<SubjectName> subject_names(const X509& certificate);
// RFC 4514, with what is not printable ASCII as \XX.
std::string subject_of(const X509& certificate);
CertificateInfo describe(const X509& certificate, std::string file);
// `own`: what this side showed, or null.
ClientCertificate describe_client(const X509& certificate, const X509* own);

// A warning where it is not valid yet, not any more, or for less than `soon`.
inline constexpr auto expires_soon = std::chrono::days(14);
void note_validity(const CertificateInfo& info, WallPoint now, TlsNotes& notes);

}  // namespace sluice::net
