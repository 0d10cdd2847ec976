// Keys by their SHA-256: looked up by what a client showed, which is hashed first, so that neither the table
// nor the time that a look-up takes says anything of a key.
//
//   KeyTable table(workers);
//   if (auto clash = table.add("ci", key)) complain(*clash);
//   table.sort();
//   if (auto* owner = table.find(shown, x.worker)) x.principal.merge(owner->principal());
#pragma once
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>

#include "filters/api_key/settings.hpp"
#include "sluice/worker.hpp"

namespace sluice::filters::api_key {

using Digest = std::array<unsigned char, 32>;

struct Owner {
  Digest digest;
  std::string name;
  std::vector<std::string> scopes, roles;
  std::vector<RateLimit> limits;

  // Views of this.
  Principal principal() const noexcept;
};

class KeyTable {
 public:
  explicit KeyTable(unsigned workers);

  void add(const std::string& name, const Key& key);
  // Once, when all are there. Two names of one key: nobody could say whose a request is.
  std::optional<std::pair<std::string, std::string>> sort();

  // Null: it is nobody's.
  const Owner* find(std::string_view shown, const Worker& worker) const noexcept;
  std::size_t size() const noexcept { return owners_.size(); }

 private:
  struct Release {
    void operator()(EVP_MD* p) const noexcept { EVP_MD_free(p); }
    void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
  };

  struct Hashing {
    std::unique_ptr<EVP_MD_CTX, Release> context{EVP_MD_CTX_new()};
  };

  bool hash(std::string_view shown, const Worker& worker, Digest& digest) const noexcept;

  std::vector<Owner> owners_;  // by their digest
  std::unique_ptr<EVP_MD, Release> sha256_;
  WorkerLocal<Hashing> hashing_;
};

}  // namespace sluice::filters::api_key
