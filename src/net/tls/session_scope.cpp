#include "net/tls/session_scope.hpp"

#include <new>

namespace sluice::net {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string digest_of(const X509& certificate) {
  Digest digest;
  X509_digest(&certificate, EVP_sha256(), digest.data(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Each part after its length, so that no two lists run into the same bytes.
void append(std::string& to, std::string_view part) {
  to.append(std::to_string(part.size())).append(1, ':').append(part);
}

void append(std::string& to, const std::set<std::string>& parts) {
  append(to, std::to_string(parts.size()));
  for (auto& p : parts) append(to, p);
}

}  // namespace

Digest session_scope(const SessionScope& scope) {
  std::set<std::string> authorities;
  for (auto& x : scope.client_authorities) authorities.insert(digest_of(*x));
  std::string text;
  append(text, scope.listener);
  append(text, scope.client_required ? "required" : "optional");
  append(text, authorities);
  append(text, scope.names);
  Digest digest;
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
  return digest;
}

}  // namespace sluice::net
