// X-Forwarded-Client-Cert as Envoy writes it: one element, `By=...;Hash=...;Subject="...";URI=...;DNS=...`.
//
//   x.request.fields.set(FieldId::x_forwarded_client_cert, "X-Forwarded-Client-Cert", xfcc(certificate,
//   arena));
//
// By is the URI of the gateway's own certificate, and left out where that has none. A value is in quotes
// where it has a ',', ';', '=' or '"'; the Subject always is. Inside of quotes '"' and '\' have a '\' before
// them: without that a name could end its quotes and go on as another element.
#pragma once
#include <string_view>

#include "sluice/arena.hpp"
#include "sluice/client_certificate.hpp"

namespace sluice::filters::client_cert {

std::string_view xfcc(const ClientCertificate& certificate, Arena& arena);

}  // namespace sluice::filters::client_cert
