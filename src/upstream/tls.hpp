// The TLS context of an upstream, from its configuration.
//
//   net::TlsNotes notes;
//   auto context = tls_context(settings, wall_now(), notes);    // reads files: part of the build
//   if (!notes.errors.empty()) refuse(notes.errors);
#pragma once
#include <memory>

#include "config/config.hpp"
#include "net/tls/client_context.hpp"

namespace sluice::upstream {

// True where any of its endpoints is spoken to over TLS.
bool speaks_tls(const config::Upstream& settings) noexcept;

// Null where none is, or with errors in the notes.
std::shared_ptr<const net::TlsClientContext> tls_context(const config::Upstream& settings, WallPoint now,
                                                         net::TlsNotes& notes);

}  // namespace sluice::upstream
