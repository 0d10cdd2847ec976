#include "filters/jwt/token.hpp"

#include "filters/jwt/base64url.hpp"

namespace sluice::filters::jwt {
namespace {

using json::Kind;
using json::Node;

// A header is small; what is before a signature is anybody's.
constexpr json::Limits header_limits = {.depth = 8, .members = 64, .string = 64 * 1024};

struct Parts {
  std::string_view header, payload, signature;
};

std::optional<Parts> split(std::string_view text) {
  auto first = text.find('.');
  if (first == text.npos) return std::nullopt;
  auto second = text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) return std::nullopt;
  return Parts{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

bool is_text(const Node* member) noexcept {
  return member && member->is(Kind::string);
}

// Nothing is understood beyond RFC 7515, so nothing may be critical: neither an unencoded payload (RFC 7797).
bool is_critical(const Node& header) noexcept {
  return header.find("crit") || header.find("b64");
}

std::optional<Fault> read_header(const Node& header, Token& token) {
  if (!header.is(Kind::object)) return Fault::malformed;
  auto *alg = header.find("alg"), *kid = header.find("kid"), *typ = header.find("typ");
  if (!is_text(alg) || (kid && !is_text(kid)) || (typ && !is_text(typ))) return Fault::malformed;
  if (is_critical(header)) return Fault::critical;
  auto algorithm = algorithm_named(alg->text());
  if (!algorithm) return Fault::algorithm;
  token.algorithm = *algorithm;
  if (kid) token.kid = kid->text();
  return std::nullopt;
}

}  // namespace

std::optional<Fault> read_token(std::string_view text, json::Document& scratch, Token& token) {
  auto parts = split(text);
  if (!parts) return Fault::malformed;
  auto header = decode_base64url(parts->header);
  auto signature = decode_base64url(parts->signature);
  if (!header || !signature || scratch.read(*header, header_limits)) return Fault::malformed;
  if (auto fault = read_header(scratch.root(), token)) return fault;
  token.signed_text = text.substr(0, parts->header.size() + 1 + parts->payload.size());
  token.coded_payload = parts->payload;
  token.signature = std::move(*signature);
  return std::nullopt;
}

}  // namespace sluice::filters::jwt
