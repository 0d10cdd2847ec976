// TLS contexts from a configuration. Every file is read, so that what is wrong is known before anything
// changes.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "net/tls/client_context.hpp"
#include "net/tls/server_context.hpp"

namespace sluice::server {

// What outlives a reload, so that clients may resume their sessions and see the same certificate.
class TlsKeepsakes {
 public:
  std::shared_ptr<net::TicketKeys> ticket_keys(const std::string& listener);
  // Made when it is asked for first, and again when half of its life is over.
  net::CertificatePair self_signed(WallPoint now);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<net::TicketKeys>> ticket_keys_;
  std::optional<net::CertificatePair> self_signed_;
  WallPoint made_;
};

// Null with errors among the notes, each of which begins with the place in the document:
// "listeners.public.tls: ...".
std::shared_ptr<const net::TlsServerContext> build_server_tls(const std::string& listener,
                                                              const config::ListenerTls& settings,
                                                              TlsKeepsakes& keepsakes, WallPoint now,
                                                              net::TlsNotes& notes);
// Null, without notes, where no endpoint of the upstream speaks TLS.
std::shared_ptr<const net::TlsClientContext> build_client_tls(const std::string& name,
                                                              const config::Upstream& settings, WallPoint now,
                                                              net::TlsNotes& notes);

}  // namespace sluice::server
