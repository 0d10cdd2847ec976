// Verified tokens that one worker remembers, so that a token is verified once and not at each request.
//
//   if (auto known = cache.find(text, version, now)) ...        // a pin on it
//   auto fresh = cache.keep(std::move(token), settings);
//   x.on_end([pin = std::move(fresh)](const Outcome&) noexcept {});
//
// Found again by its whole text, while the keys are those that it was verified with (`version`) and its time
// has neither passed nor yet to come. When there are too many, or they take too much memory, those go that
// were not asked for longest. What is pinned lives on until its last pin is gone; nothing here is atomic.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "filters/jwt/claims.hpp"
#include "filters/jwt/forwarding.hpp"
#include "filters/jwt/settings.hpp"
#include "sluice/link.hpp"

namespace sluice::filters::jwt {

class VerifiedToken : private Link {
 public:
  VerifiedToken(std::string_view text, Reading reading, Forwarding::Values forwarded, std::uint64_t version);

  const std::string text;
  const Reading reading;
  const Forwarding::Values forwarded;
  const std::uint64_t version;  // of the keys

  std::string_view subject() const noexcept { return subject_; }
  Principal principal() const noexcept;
  std::size_t size() const noexcept { return size_; }  // about, in bytes

 private:
  friend class TokenCache;
  friend class TokenPin;

  std::string_view subject_;
  std::size_t size_;
  std::uint64_t hash_ = 0;
  std::uint32_t uses_ = 0;  // by pins, and by the cache
};

class TokenPin {
 public:
  TokenPin() = default;
  explicit TokenPin(VerifiedToken* token) noexcept : token_(token) {
    if (token_) ++token_->uses_;
  }
  TokenPin(TokenPin&& o) noexcept : token_(std::exchange(o.token_, nullptr)) {}
  TokenPin& operator=(TokenPin&& o) noexcept {
    std::swap(token_, o.token_);
    return *this;
  }
  ~TokenPin() {
    if (token_ && --token_->uses_ == 0) delete token_;
  }

  explicit operator bool() const noexcept { return token_ != nullptr; }
  const VerifiedToken& operator*() const noexcept { return *token_; }
  const VerifiedToken* operator->() const noexcept { return token_; }

 private:
  friend class TokenCache;
  VerifiedToken* token_ = nullptr;
};

class TokenCache {
 public:
  TokenCache();
  TokenCache(const TokenCache&) = delete;

  TokenPin find(std::string_view text, std::uint64_t version, Moment now);
  // Gives a pin on the token, whether or not it is kept: it is not where `limits` is off.
  TokenPin keep(std::unique_ptr<VerifiedToken> token, const OrOff<CacheSettings>& limits);

  std::size_t entries() const noexcept { return tokens_.size(); }
  std::size_t size() const noexcept { return size_; }

 private:
  std::uint64_t hash_of(std::string_view text) const noexcept;
  void drop(VerifiedToken& token) noexcept;
  void make_room(const CacheSettings& limits) noexcept;

  std::uint64_t seed_;
  std::unordered_map<std::uint64_t, TokenPin> tokens_;  // two of one hash: the later one
  Link by_use_;                                         // the latest first
  std::size_t size_ = 0;
};

}  // namespace sluice::filters::jwt
