#include "filters/jwt/token_cache.hpp"

#include <openssl/rand.h>

#include <cstring>

namespace sluice::filters::jwt {
namespace {

std::size_t size_of(std::string_view text) noexcept {
  return text.size() + sizeof(std::string);
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed);
  return seed;
}

}  // namespace

VerifiedToken::VerifiedToken(std::string_view t, Reading r, Forwarding::Values f, std::uint64_t v)
    : text(t),
      reading(std::move(r)),
      forwarded(std::move(f)),
      version(v),
      subject_(reading.claims.get("sub")),
      size_(sizeof *this + size_of(text)) {
  for (auto& claim : reading.claims.entries()) size_ += size_of(claim.path) + size_of(claim.value);
  for (auto& scope : reading.scopes) size_ += size_of(scope);
  for (auto& role : reading.roles) size_ += size_of(role);
  for (auto& value : forwarded) size_ += size_of(value ? std::string_view(*value) : std::string_view());
}

Principal VerifiedToken::principal() const noexcept {
  Principal p;
  p.subject = subject_;
  p.method = "jwt";
  p.scopes = reading.scopes;
  p.roles = reading.roles;
  p.claims = &reading.claims;
  return p;
}

TokenCache::TokenCache() : seed_(random_seed()) {}

// Of the last 32 characters: those of a signature, which nobody chooses. Nothing is compared with a token
// unless they are its own, so what a comparison takes tells nobody anything.
std::uint64_t TokenCache::hash_of(std::string_view text) const noexcept {
  constexpr std::size_t words = 4;
  std::uint64_t tail[words] = {};
  auto size = std::min(text.size(), sizeof tail);
  std::memcpy(tail, text.data() + text.size() - size, size);
  std::uint64_t hash = seed_;
  for (auto word : tail) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
  }
  return hash;
}

TokenPin TokenCache::find(std::string_view text, std::uint64_t version, Moment now) {
  auto found = tokens_.find(hash_of(text));
  if (found == tokens_.end()) return {};
  auto& token = *found->second.token_;
  if (token.text != text) return {};
  if (token.version != version || !token.reading.validity.holds(now)) {
    drop(token);
    return {};
  }
  if (by_use_.next() != &token) by_use_.push_front(token);
  return TokenPin(&token);
}

TokenPin TokenCache::keep(std::unique_ptr<VerifiedToken> fresh, const OrOff<CacheSettings>& limits) {
  auto& token = *fresh;
  TokenPin pin(fresh.release());
  if (!limits || token.size() > limits->size.bytes) return pin;
  token.hash_ = hash_of(token.text);
  if (auto before = tokens_.find(token.hash_); before != tokens_.end()) drop(*before->second.token_);
  tokens_.emplace(token.hash_, TokenPin(&token));
  by_use_.push_front(token);
  size_ += token.size();
  make_room(*limits);
  return pin;
}

void TokenCache::make_room(const CacheSettings& limits) noexcept {
  while (tokens_.size() > limits.entries || size_ > limits.size.bytes)
    drop(static_cast<VerifiedToken&>(*by_use_.prev()));
}

void TokenCache::drop(VerifiedToken& token) noexcept {
  token.unlink();
  size_ -= token.size();
  tokens_.erase(tokens_.find(token.hash_));
}

}  // namespace sluice::filters::jwt
