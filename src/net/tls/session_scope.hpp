// The session id context: a ticket resumes a session only where this is the same.
#pragma once
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "net/tls/openssl.hpp"

namespace sluice::net {

struct SessionScope {
  std::string_view listener;
  std::span<const X509Ptr> client_authorities;  // in any order
  bool client_required = false;
  std::set<std::string> names;  // of the certificates that were chosen by the server name
};

// SHA-256 over all of it: the same on every replica with the same configuration.
std::array<unsigned char, 32> session_scope(const SessionScope& scope);

}  // namespace sluice::net
