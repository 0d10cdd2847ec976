#include "filters/jwt/fault.hpp"

namespace sluice::filters::jwt {
namespace {

constexpr std::string_view request = "invalid_request", token = "invalid_token";

// In the order of Fault.
constexpr std::array<FaultRow, faults> rows = {{
    {401, "token_missing", "missing", "", "An access token is required."},
    {400, "token_ambiguous", "ambiguous", request, "The request does not carry exactly one access token."},
    {401, "token_malformed", "malformed", token, "The access token is malformed."},
    {401, "token_oversized", "malformed", token, "The access token is too long."},
    {401, "token_critical", "malformed", token,
     "The access token asks for an extension that is not understood."},
    {401, "token_algorithm", "algorithm", token, "The access token is signed in a way that is not accepted."},
    {401, "token_key_unknown", "key", token, "The access token is signed with a key that is not known."},
    {401, "token_signature", "signature", token, "The access token's signature is wrong."},
    {401, "token_expired", "expired", token, "The access token has expired."},
    {401, "token_early", "early", token, "The access token is not valid yet."},
    {401, "token_issuer", "issuer", token, "The access token is of another issuer."},
    {401, "token_audience", "audience", token, "The access token is for another audience."},
    {401, "token_claims", "claims", token, "The access token lacks a claim, or one is malformed."},
    {503, "token_keys_unavailable", "no_keys", "", "Access tokens cannot be verified at the moment."},
}};

}  // namespace

const FaultRow& row_of(Fault fault) noexcept {
  return rows[static_cast<std::size_t>(fault)];
}

}  // namespace sluice::filters::jwt
