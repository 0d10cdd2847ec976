#include "upstream/tls.hpp"

#include <algorithm>

namespace sluice::upstream {

bool speaks_tls(const config::Upstream& settings) noexcept {
  if (settings.discover) return settings.tls || settings.discover->file;  // a file may say https any time
  return std::ranges::any_of(settings.endpoints, [](auto& e) { return e.url.tls; });
}

std::shared_ptr<const net::TlsClientContext> tls_context(const config::Upstream& settings, WallPoint now,
                                                         net::TlsNotes& notes) {
  if (!speaks_tls(settings)) return nullptr;
  auto tls = settings.tls.value_or(config::UpstreamTls{});
  net::TlsClientSettings wanted;
  if (tls.ca) wanted.ca = net::Pem{tls.ca->string(), {}};
  if (tls.cert && tls.key)
    wanted.certificate = net::CertificatePair{{tls.cert->string(), {}}, {tls.key->string(), {}}};
  wanted.verify = tls.verify;
  return net::TlsClientContext::build(wanted, now, notes);
}

}  // namespace sluice::upstream
