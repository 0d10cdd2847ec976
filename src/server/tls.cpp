#include "server/tls.hpp"

#include "net/tls/self_signed.hpp"
#include "upstream/tls.hpp"

namespace sluice::server {
namespace {

constexpr auto self_signed_kept = std::chrono::days(15);

net::Pem file(const std::filesystem::path& path) {
  return {path.string(), {}};
}

// What was noted about a part of the document is told with its place.
void append(net::TlsNotes& to, const std::string& place, const net::TlsNotes& notes) {
  for (auto& e : notes.errors) to.errors.push_back(place + ": " + e);
  for (auto& w : notes.warnings) to.warnings.push_back(place + ": " + w);
}

std::vector<net::CertificatePair> certificates_of(const config::ListenerTls& settings,
                                                  TlsKeepsakes& keepsakes, WallPoint now) {
  if (!settings.certificates) return {keepsakes.self_signed(now)};
  std::vector<net::CertificatePair> pairs;
  for (auto& c : *settings.certificates) pairs.push_back({file(c.cert), file(c.key)});
  return pairs;
}

}  // namespace

std::shared_ptr<net::TicketKeys> TlsKeepsakes::ticket_keys(const std::string& listener) {
  std::lock_guard lock(mutex_);
  auto& keys = ticket_keys_[listener];
  if (!keys) keys = std::make_shared<net::TicketKeys>();
  return keys;
}

net::CertificatePair TlsKeepsakes::self_signed(WallPoint now) {
  std::lock_guard lock(mutex_);
  if (!self_signed_ || now - made_ > self_signed_kept) {
    self_signed_ = net::make_self_signed(now);
    made_ = now;
  }
  return *self_signed_;
}

std::shared_ptr<const net::TlsServerContext> build_server_tls(const std::string& listener,
                                                              const config::ListenerTls& settings,
                                                              TlsKeepsakes& keepsakes, WallPoint now,
                                                              net::TlsNotes& notes) {
  net::TlsServerSettings s;
  s.listener = listener;
  s.certificates = certificates_of(settings, keepsakes, now);
  s.min_version =
      settings.min_version == config::TlsVersion::v1_3 ? net::TlsVersion::v1_3 : net::TlsVersion::v1_2;
  if (settings.client_ca) s.client_ca = file(*settings.client_ca);
  s.client_auth = settings.client_auth == config::ClientAuth::optional ? net::ClientAuth::optional
                                                                       : net::ClientAuth::require;
  for (auto& keys : settings.ticket_keys) s.ticket_key_files.push_back(keys.string());
  s.ticket_keys = keepsakes.ticket_keys(listener);

  net::TlsNotes own;
  auto context = net::TlsServerContext::build(s, now, own);
  append(notes, "listeners." + listener + ".tls", own);
  return context;
}

std::shared_ptr<const net::TlsClientContext> build_client_tls(const std::string& name,
                                                              const config::Upstream& settings, WallPoint now,
                                                              net::TlsNotes& notes) {
  net::TlsNotes own;
  auto context = upstream::tls_context(settings, now, own);
  append(notes, "upstreams." + name + ".tls", own);
  return context;
}

}  // namespace sluice::server
