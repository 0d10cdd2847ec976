#include "upstream/authorities.hpp"

#include <openssl/x509.h>

#include <cstdlib>

#include "telemetry/log.hpp"

namespace sluice::upstream {
namespace {

namespace fs = std::filesystem;

fs::path file_of_system() {
  auto* named = ::secure_getenv(X509_get_default_cert_file_env());
  return named ? named : X509_get_default_cert_file();
}

std::shared_ptr<const net::TlsClientContext> read(const std::optional<fs::path>& ca) {
  net::TlsClientSettings settings;
  if (ca) settings.ca = net::Pem{ca->string(), {}};
  net::TlsNotes notes;
  auto context = net::TlsClientContext::build(settings, wall_now(), notes);
  for (auto& error : notes.errors) log::warn("fetch.authorities", {{"reason", error}});
  return context;
}

}  // namespace

std::shared_ptr<const net::TlsClientContext> Authorities::context(const std::optional<fs::path>& ca) {
  std::error_code absent;
  auto written = fs::last_write_time(ca ? *ca : file_of_system(), absent);
  auto& kept = kept_[ca.value_or(fs::path())];
  if (!kept.context || kept.written != written) kept = {written, read(ca)};
  return kept.context;
}

}  // namespace sluice::upstream
