// Hashes of passwords, as crypt(5) writes them.
//
//   if (auto* fault = fault_of_hash(text)) refuse(fault);
//   PasswordCheck check;                      // one for each thread
//   bool right = check(password, hash);       // slow, on purpose
#pragma once
#include <memory>
#include <string>

struct crypt_data;

namespace sluice::filters::basic_auth {

// Null: it is a whole hash of a method that is taken here, and one that is not too slow to be asked for.
const char* fault_of_hash(const std::string& hash);

// bcrypt looks at 72 bytes and no more, so a longer password would be as good as its beginning.
inline constexpr std::size_t longest_password = 72;

class PasswordCheck {
 public:
  PasswordCheck();
  ~PasswordCheck();
  bool operator()(const std::string& password, const std::string& hash) noexcept;

 private:
  std::unique_ptr<crypt_data> data_;
};

}  // namespace sluice::filters::basic_auth
