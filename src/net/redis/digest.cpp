#include "net/redis/digest.hpp"

#include <openssl/evp.h>

#include <memory>
#include <span>

namespace sluice::net {
namespace {

void write_hex(std::span<const unsigned char> bytes, char* out) noexcept {
  constexpr auto digits = "0123456789abcdef";
  for (auto b : bytes) {
    *out++ = digits[b >> 4];
    *out++ = digits[b & 15];
  }
}

struct FreeContext {
  void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};

// Fetching an algorithm takes a lock, making a context an allocation: once for each thread.
EVP_MD_CTX* ready_context() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  EVP_DigestInit_ex2(context.get(), algorithm, nullptr);
  return context.get();
}

}  // namespace

Sha256Hex sha256_hex(std::string_view bytes) noexcept {
  std::array<unsigned char, 32> digest;
  auto* context = ready_context();
  EVP_DigestUpdate(context, bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context, digest.data(), nullptr);
  Sha256Hex hex;
  write_hex(digest, hex.data());
  return hex;
}

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, 20> digest;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::string hex(40, '\0');
  write_hex(digest, hex.data());
  return hex;
}

}  // namespace sluice::net
