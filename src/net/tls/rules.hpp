// What TLS here is, on both sides: versions, suites, groups, signatures.
#pragma once
#include "net/tls/openssl.hpp"

namespace sluice::net {

// A context with all that does not depend on settings. `server` adds what only a server decides.
SslContextPtr make_tls_context(bool server);

}  // namespace sluice::net
