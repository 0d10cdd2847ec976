// What a client's certificate says, once the handshake has verified it. One for a connection, made at the
// handshake and immutable; a session that is resumed has that of the handshake which began it.
//
//   if (auto* c = exchange.peer.client_certificate) admit(c->subject, c->dns);
//
// Names with anything but visible ASCII are left out: a NUL inside one has been used to make half of it look
// like all of it.
#pragma once
#include <string>
#include <vector>

#include "sluice/clock.hpp"

namespace sluice {

struct ClientCertificate {
  std::string subject;             // RFC 4514: "CN=orders,O=Example", not printable ASCII as \XX
  std::string cn;                  // the subject's only CN, as it is written; empty: none, or several
  std::vector<std::string> dns;    // subjectAltName, in its order; lower case
  std::vector<std::string> uris;   // "spiffe://example.com/orders"
  std::vector<std::string> email;  // as they are written
  std::string sha256;              // of the whole certificate (DER): 64 hexadecimal digits, lower case
  std::string serial;              // hexadecimal, as `openssl x509 -serial` prints it
  WallPoint not_after;
  std::string shown_to;  // the first URI of the certificate that the gateway itself showed; empty: none
};

}  // namespace sluice
