// The filter `client_cert`: who is asking, by the certificate that the client showed in the TLS handshake.
// The listener decides which authorities it believes; this filter, whom of theirs it knows, and by which
// name.
#pragma once
#include "sluice/filter_kind.hpp"

namespace sluice::filters::client_cert {

FilterKind client_cert_filter();

}  // namespace sluice::filters::client_cert
