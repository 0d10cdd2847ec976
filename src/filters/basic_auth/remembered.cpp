#include "filters/basic_auth/remembered.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace sluice::filters::basic_auth {

Remembered::Remembered() {
  auto* siphash = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  mac_.reset(siphash ? EVP_MAC_CTX_new(siphash) : nullptr);
  EVP_MAC_free(siphash);
  if (!mac_ || RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
    throw std::runtime_error("OpenSSL has no SipHash or no random bytes");
}

// A tag that could not be made is random: it is found never again.
Remembered::Tag Remembered::tag_of(std::string_view login) const noexcept {
  Tag tag;
  std::size_t size = 0;
  bool made =
      EVP_MAC_init(mac_.get(), key_.data(), key_.size(), nullptr) == 1 &&
      EVP_MAC_update(mac_.get(), reinterpret_cast<const unsigned char*>(login.data()), login.size()) == 1 &&
      EVP_MAC_final(mac_.get(), tag.data(), &size, tag.size()) == 1 && size == tag.size();
  if (!made) RAND_bytes(tag.data(), static_cast<int>(tag.size()));
  return tag;
}

const Account* Remembered::find(const Tag& tag, TimePoint now) const noexcept {
  if (entries_.empty()) return nullptr;
  auto& entry = entries_[place_of(tag)];
  if (!entry.account || entry.until <= now) return nullptr;
  return CRYPTO_memcmp(entry.tag.data(), tag.data(), tag.size()) == 0 ? entry.account : nullptr;
}

void Remembered::add(const Tag& tag, const Account* account, TimePoint until) {
  if (entries_.empty()) entries_.resize(places);
  entries_[place_of(tag)] = {tag, account, until};
}

}  // namespace sluice::filters::basic_auth
