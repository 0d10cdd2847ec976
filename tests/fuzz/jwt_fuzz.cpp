// Any text as a token: whatever is said of it, it is said without a fault, and the same way a second time.
// What is taken apart holds together, and nobody has signed it. What is base64url has one spelling.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "filters/jwt/base64url.hpp"
#include "filters/jwt/claims.hpp"
#include "filters/jwt/issuer.hpp"
#include "filters/jwt/signer.hpp"

namespace {

using namespace sluice;
using namespace sluice::filters::jwt;

void require(bool holds) {
  if (!holds) std::abort();
}

const KeySet& keys() {
  static const KeySet set = [] {
    std::vector<Key> all;
    all.push_back(std::get<Key>(Key::from_secret("h", std::string(64, 's'), Algorithms::all())));
    for (auto type : {"P-256", "ED25519"})
      all.push_back(std::get<Key>(Key::from_pem("", testing::issuer(type).pem(), Algorithms::all())));
    return KeySet(std::move(all));
  }();
  return set;
}

void judge(std::string_view text) {
  json::Document scratch, another;
  Token token, again;
  auto fault = read_token(text, scratch, token);
  require(fault == read_token(text, another, again));
  if (fault) return;
  require(token.signed_text.data() == text.data() && token.signed_text.size() < text.size());
  require(token.algorithm == again.algorithm && token.kid == again.kid);
  require(testing::base64url(token.signature) == text.substr(token.signed_text.size() + 1));
  require(judge_signature(token, keys(), nullptr).has_value());
}

// A payload, as if somebody had signed it.
void read(std::string_view coded) {
  Settings settings;
  settings.audience = {"api"};
  json::Document scratch;
  Reading reading;
  auto now = Moment(std::chrono::seconds(1'700'000'000));
  if (read_claims(coded, settings, now, scratch, reading)) return;
  require(!reading.claims.get("sub").empty() && !reading.claims.get("exp").empty());
  require(reading.validity.holds(now));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  judge(text);
  if (auto bytes = decode_base64url(text)) require(testing::base64url(*bytes) == text);
  auto second = text.find('.');
  read(second == text.npos ? text : text.substr(second + 1));
  read(testing::base64url(text));
  parse_jwks(text, Algorithms::all(), Secrets::accepted);
  return 0;
}
