#include "filters/jwt/signer.hpp"

#include "filters/jwt/verify.hpp"

namespace sluice::filters::jwt {
namespace {

class Search {
 public:
  Search(const Token& token, bool named) : token_(token), named_(named) {}

  bool finds(const KeySet& keys) {
    for (auto& key : keys.keys())
      if (fits(key) && tries_ < max_tries && (++tries_, is_signer(key))) return true;
    return false;
  }
  bool tried_any() const noexcept { return tries_ > 0; }

 private:
  bool fits(const Key& key) const noexcept {
    if (!key.algorithms().has(token_.algorithm)) return false;
    return !token_.kid || key.kid() == (named_ ? *token_.kid : std::string_view());
  }
  bool is_signer(const Key& key) const noexcept {
    return verify(key, token_.algorithm, token_.signed_text, token_.signature);
  }

  const Token& token_;
  const bool named_;  // a key of the token's kid is there
  unsigned tries_ = 0;
};

}  // namespace

std::optional<Fault> judge_signature(const Token& token, const KeySet& fixed, const KeySet* fetched) {
  bool named = token.kid && (fixed.knows(*token.kid) || (fetched && fetched->knows(*token.kid)));
  Search search(token, named);
  if (search.finds(fixed) || (fetched && search.finds(*fetched))) return std::nullopt;
  if (token.kid && !named) return Fault::unknown_key;
  return search.tried_any() ? Fault::signature : Fault::algorithm;
}

}  // namespace sluice::filters::jwt
