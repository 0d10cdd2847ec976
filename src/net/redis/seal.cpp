#include "net/redis/seal.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

namespace sluice::net {
namespace {

constexpr char version = 1;
constexpr std::size_t salt_size = 16, nonce_size = 12, tag_size = 16;
constexpr std::size_t head_size = 1 + salt_size + nonce_size;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* c) const noexcept { EVP_CIPHER_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(char* text) noexcept {
  return reinterpret_cast<unsigned char*>(text);
}

struct ValueKey {
  ValueKey(const RedisSeal::Key& key, std::string_view salt) {
    unsigned size = 0;
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(salt), salt.size(), data.data(),
              &size))
      throw std::runtime_error("HMAC-SHA-256");
  }
  ~ValueKey() { OPENSSL_cleanse(data.data(), data.size()); }
  RedisSeal::Key data;
};

// Fetching an algorithm takes a lock: once.
const EVP_CIPHER* algorithm() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

}  // namespace

RedisSeal::~RedisSeal() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

std::string RedisSeal::close(std::string_view name, std::string_view value) const {
  std::string out(overhead + value.size(), version);
  if (RAND_bytes(bytes(out.data() + 1), salt_size + nonce_size) != 1) throw std::runtime_error("RAND_bytes");
  ValueKey key(key_, std::string_view(out).substr(1, salt_size));
  Context c(EVP_CIPHER_CTX_new());
  auto* text = out.data() + head_size;
  int n = 0;
  bool done =
      EVP_EncryptInit_ex2(c.get(), algorithm(), key.data.data(), bytes(out.data() + 1 + salt_size),
                          nullptr) &&
      EVP_EncryptUpdate(c.get(), nullptr, &n, bytes(name), static_cast<int>(name.size())) &&
      EVP_EncryptUpdate(c.get(), bytes(text), &n, bytes(value), static_cast<int>(value.size())) &&
      EVP_EncryptFinal_ex(c.get(), bytes(text + n), &n) &&
      EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, tag_size, out.data() + out.size() - tag_size);
  if (!done) throw std::runtime_error("AES-256-GCM");
  return out;
}

std::optional<std::string> RedisSeal::open(std::string_view name, std::string_view sealed) const {
  if (sealed.size() < overhead || sealed.front() != version) return std::nullopt;
  ValueKey key(key_, sealed.substr(1, salt_size));
  auto text = sealed.substr(head_size, sealed.size() - overhead);
  std::array<char, tag_size> tag;
  sealed.copy(tag.data(), tag_size, sealed.size() - tag_size);
  std::string out(text.size() + 1, '\0');  // GCM writes no more than it reads; never an empty buffer
  Context c(EVP_CIPHER_CTX_new());
  int n = 0;
  bool genuine =
      EVP_DecryptInit_ex2(c.get(), algorithm(), key.data.data(), bytes(sealed.substr(1 + salt_size)),
                          nullptr) &&
      EVP_DecryptUpdate(c.get(), nullptr, &n, bytes(name), static_cast<int>(name.size())) &&
      EVP_DecryptUpdate(c.get(), bytes(out.data()), &n, bytes(text), static_cast<int>(text.size())) &&
      EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) &&
      EVP_DecryptFinal_ex(c.get(), bytes(out.data() + n), &n) == 1;
  if (!genuine) return std::nullopt;
  out.pop_back();
  return out;
}

}  // namespace sluice::net
