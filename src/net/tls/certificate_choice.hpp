// Which certificates stand for a server name: those of the exact name, else those of the wildcard one label
// up, else the default ones. Certificates with different kinds of key (RSA, ECDSA) for the same name stand
// side by side; of two with the same kind the earlier one is taken.
//
//   CertificateChoice choice({{{"example.com"}, EVP_PKEY_RSA}, {{"example.com", "*.example.com"},
//   EVP_PKEY_EC}}); choice.find("example.com") == 0;      // groups()[0] == {0, 1}: the first certificate's,
//   the default choice.find("www.example.com") == 1;  // groups()[1] == {1}
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::net {

class CertificateChoice {
 public:
  struct Candidate {
    std::vector<std::string> names;  // lower case, "*.example.com" among them
    int key_kind;                    // EVP_PKEY_RSA ...
  };
  using Group = std::vector<std::size_t>;  // indices of candidates, in their order

  // At least one candidate.
  explicit CertificateChoice(std::span<const Candidate> candidates);

  const std::vector<Group>& groups() const noexcept { return groups_; }
  // The group for a name in lower case; 0, the default, where none has it. Does not allocate.
  std::size_t find(std::string_view name) const noexcept;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Table = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

  std::size_t group_of(Group group);

  std::vector<Group> groups_;
  Table names_;
  Table wildcards_;  // ".example.com" for "*.example.com"
};

}  // namespace sluice::net
