// Logins that were right a moment ago, on one worker: by a keyed hash with a key that is random for each
// filter, so that neither a name nor a password is kept, nor anything that says something of one elsewhere.
//
//   Remembered remembered;
//   auto tag = remembered.tag_of(login.both);
//   if (auto* user = remembered.find(tag, now)) ...
//   remembered.add(tag, user, now + 1min);
//
// Of two logins that fall on one place the later one is kept.
#pragma once
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "sluice/clock.hpp"

namespace sluice::filters::basic_auth {

struct Account;

class Remembered {
 public:
  static constexpr std::size_t places = 512;
  using Tag = std::array<unsigned char, 16>;

  Remembered();

  Tag tag_of(std::string_view login) const noexcept;
  // Null: not known, or not any more.
  const Account* find(const Tag& tag, TimePoint now) const noexcept;
  void add(const Tag& tag, const Account* account, TimePoint until);

 private:
  struct Release {
    void operator()(EVP_MAC_CTX* p) const noexcept { EVP_MAC_CTX_free(p); }
  };
  struct Entry {
    Tag tag{};
    const Account* account = nullptr;
    TimePoint until{};
  };
  static std::size_t place_of(const Tag& tag) noexcept { return (tag[0] | tag[1] << 8u) % places; }

  std::array<unsigned char, 16> key_;
  std::unique_ptr<EVP_MAC_CTX, Release> mac_;
  std::vector<Entry> entries_;  // empty, or all places
};

}  // namespace sluice::filters::basic_auth
