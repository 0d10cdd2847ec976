// Values that nobody but the gateways can read or forge: AES-256-GCM, with the name that a value is kept
// under as associated data, so that it cannot be moved to another name.
//
//   RedisSeal seal(key);                                   // 32 bytes
//   auto kept = seal.close("sluice:{...}", value);
//   std::optional<std::string> value = seal.open("sluice:{...}", kept);      // nothing: not ours
//
// Each value is closed with a key of its own, made of ours and of 16 random bytes (HMAC-SHA-256), and a
// random nonce: 28 random bytes in all, so that no number of values that can be written makes a repetition
// likely.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

class RedisSeal {
 public:
  using Key = std::array<unsigned char, 32>;
  static constexpr std::size_t overhead = 1 + 16 + 12 + 16;  // version, salt, nonce, tag

  explicit RedisSeal(const Key& key) noexcept : key_(key) {}
  RedisSeal(const RedisSeal&) = delete;
  ~RedisSeal();

  std::string close(std::string_view name, std::string_view value) const;
  std::optional<std::string> open(std::string_view name, std::string_view sealed) const;

 private:
  Key key_;
};

}  // namespace sluice::net
