// Whom the gateway trusts when it fetches something for itself: a TLS context for each file of authorities.
//
//   auto context = authorities.context(fetch.ca);        // null: the file cannot be read, or has none
//
// The system's are 150 certificates and 20 ms of work, so a context is kept until its file is another one.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "net/tls/client_context.hpp"

namespace sluice::upstream {

class Authorities {
 public:
  // Absent: the system's. For one thread.
  std::shared_ptr<const net::TlsClientContext> context(const std::optional<std::filesystem::path>& ca);

 private:
  struct Kept {
    std::filesystem::file_time_type written;
    std::shared_ptr<const net::TlsClientContext> context;
  };
  std::map<std::filesystem::path, Kept> kept_;  // "" is the system's
};

}  // namespace sluice::upstream
