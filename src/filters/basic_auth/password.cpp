#include "filters/basic_auth/password.hpp"

#include <crypt.h>
#include <openssl/crypto.h>

#include <charconv>
#include <cstring>
#include <string_view>

namespace sluice::filters::basic_auth {
namespace {

constexpr unsigned most_bcrypt_cost = 14;  // a second
constexpr unsigned most_sha512_rounds = 1'000'000;

std::string_view last_part(std::string_view hash) noexcept {
  return hash.substr(hash.rfind('$') + 1);
}

unsigned number_at(std::string_view text) noexcept {
  unsigned n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

bool is_whole(std::string_view hash) noexcept {
  if (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"))
    return hash.size() == 60;
  if (hash.starts_with("$6$")) return last_part(hash).size() == 86;
  return hash.starts_with("$y$") && last_part(hash).size() == 43;
}

bool is_slow(std::string_view hash) noexcept {
  if (hash.starts_with("$2")) return number_at(hash.substr(4)) > most_bcrypt_cost;
  constexpr std::string_view rounds = "$6$rounds=";
  return hash.starts_with(rounds) && number_at(hash.substr(rounds.size())) > most_sha512_rounds;
}

}  // namespace

const char* fault_of_hash(const std::string& hash) {
  int salt = crypt_checksalt(hash.c_str());
  bool known = salt == CRYPT_SALT_OK || salt == CRYPT_SALT_TOO_CHEAP;
  if (!known || hash.size() != std::strlen(hash.c_str()) || !is_whole(hash))
    return "expected a hash that begins with '$2b$', '$y$' or '$6$', as `mkpasswd -m bcrypt` makes it";
  if (is_slow(hash)) return "takes longer than anybody can wait: a cost of at most 14, or 1000000 rounds";
  return nullptr;
}

PasswordCheck::PasswordCheck() : data_(std::make_unique<crypt_data>()) {}

// The scratch memory has seen passwords.
PasswordCheck::~PasswordCheck() {
  OPENSSL_cleanse(data_.get(), sizeof *data_);
}

bool PasswordCheck::operator()(const std::string& password, const std::string& hash) noexcept {
  const char* made = crypt_r(password.c_str(), hash.c_str(), data_.get());
  return made && std::strlen(made) == hash.size() && CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
}

}  // namespace sluice::filters::basic_auth
