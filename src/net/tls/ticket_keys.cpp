#include "net/tls/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace sluice::net {
namespace {

// The key's three parts lie one after the other, as in the file.
static_assert(sizeof(TicketKey) == TicketKey::size);

TicketKey random_key() {
  TicketKey key;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&key), sizeof key) != 1) throw std::bad_alloc();
  return key;
}

bool prepare(const TicketKey& key, bool encrypting, unsigned char* iv, EVP_CIPHER_CTX* cipher,
             EVP_MAC_CTX* mac) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac.data()),
                                        key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, encrypting) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

int index_of_keys() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// What OpenSSL wants to hear.
constexpr int failure = -1, unknown = 0, good = 1, good_but_renew = 2;

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int encrypting) {
  auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_keys()));
  if (encrypting) {
    auto key = keys.current();
    std::memcpy(name, key.name.data(), key.name.size());
    return RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1 && prepare(key, true, iv, cipher, mac) ? good : failure;
  }
  auto found = keys.find(name);
  if (!found) return unknown;
  if (!prepare(found->key, false, iv, cipher, mac)) return failure;
  return found->current ? good : good_but_renew;
}

}  // namespace

TicketKeys::TicketKeys(Now now) : now_(std::move(now)), made_(now_()), keys_{random_key()} {}
TicketKeys::TicketKeys(std::vector<TicketKey> fixed) : keys_(std::move(fixed)) {}

TicketKeys::~TicketKeys() {
  OPENSSL_cleanse(keys_.data(), keys_.size() * sizeof(TicketKey));
}

std::shared_ptr<TicketKeys> TicketKeys::from_files(const std::vector<std::string>& files, TlsNotes& notes) {
  std::vector<TicketKey> keys;
  for (auto& file : files) {
    auto bytes = read_file(file, notes);
    if (bytes && bytes->size() != TicketKey::size)
      notes.errors.push_back(file + ": a ticket key has exactly 80 bytes, this file has " +
                             std::to_string(bytes->size()));
    else if (bytes)
      std::memcpy(&keys.emplace_back(), bytes->data(), TicketKey::size);
  }
  if (keys.size() != files.size() || keys.empty()) return nullptr;
  return std::shared_ptr<TicketKeys>(new TicketKeys(std::move(keys)));
}

// Nothing runs while nobody comes, so a turn may have been missed: then the previous key is too old as well.
void TicketKeys::rotate_when_due() {
  if (!now_) return;
  auto now = now_();
  if (now - made_ < lifetime) return;
  keys_.resize(now - made_ < 2 * lifetime ? 1 : 0);
  keys_.insert(keys_.begin(), random_key());
  made_ = now;
}

TicketKey TicketKeys::current() {
  std::lock_guard lock(mutex_);
  rotate_when_due();
  return keys_.front();
}

std::optional<TicketKeys::Found> TicketKeys::find(const unsigned char* name) {
  std::lock_guard lock(mutex_);
  rotate_when_due();
  auto named = [&](const TicketKey& k) { return std::memcmp(k.name.data(), name, k.name.size()) == 0; };
  auto at = std::find_if(keys_.begin(), keys_.end(), named);
  if (at == keys_.end()) return std::nullopt;
  return Found{*at, at == keys_.begin()};
}

void use_ticket_keys(SSL_CTX& context, TicketKeys& keys) {
  SSL_CTX_set_ex_data(&context, index_of_keys(), &keys);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(&context, &on_ticket);
}

}  // namespace sluice::net
