#include "filters/api_key/key_table.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::filters::api_key {
namespace {

Digest digest_of(std::string_view hex) {
  Digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] =
        static_cast<unsigned char>(http::hex_value(hex[2 * i]) * 16 + http::hex_value(hex[2 * i + 1]));
  return digest;
}

}  // namespace

Principal Owner::principal() const noexcept {
  Principal p;
  p.subject = name;
  p.method = "api_key";
  p.scopes = scopes;
  p.roles = roles;
  p.limits = limits;
  return p;
}

KeyTable::KeyTable(unsigned workers) : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), hashing_(workers) {}

void KeyTable::add(const std::string& name, const Key& key) {
  Owner owner{digest_of(key.sha256), name, key.scopes, key.roles, {}};
  for (auto& limit : key.limits) owner.limits.push_back(limit.limit());
  owners_.push_back(std::move(owner));
}

std::optional<std::pair<std::string, std::string>> KeyTable::sort() {
  std::ranges::sort(owners_, {}, &Owner::digest);
  auto twin = std::ranges::adjacent_find(owners_, {}, &Owner::digest);
  if (twin == owners_.end()) return std::nullopt;
  return std::pair(twin->name, std::next(twin)->name);
}

bool KeyTable::hash(std::string_view shown, const Worker& worker, Digest& digest) const noexcept {
  auto* context = hashing_.at(worker).context.get();
  return EVP_DigestInit_ex2(context, sha256_.get(), nullptr) == 1 &&
         EVP_DigestUpdate(context, shown.data(), shown.size()) == 1 &&
         EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
}

// The search stops where it may: how far it came depends on a hash, which nobody can steer towards another.
const Owner* KeyTable::find(std::string_view shown, const Worker& worker) const noexcept {
  Digest digest;
  if (!hash(shown, worker, digest)) return nullptr;
  auto found = std::ranges::lower_bound(owners_, digest, {}, &Owner::digest);
  if (found == owners_.end()) return nullptr;
  return CRYPTO_memcmp(found->digest.data(), digest.data(), digest.size()) == 0 ? &*found : nullptr;
}

}  // namespace sluice::filters::api_key
