#include "upstream/sticky.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace sluice::upstream {
namespace {

constexpr std::string_view secure = "; Secure";
constexpr std::size_t token_bytes = 18;  // of the signature's 32; their base64 has no padding

std::string attributes(const config::Sticky& settings) {
  auto age = std::chrono::duration_cast<std::chrono::seconds>(settings.ttl).count();
  return "; Path=/; Max-Age=" + std::to_string(age) + "; HttpOnly; SameSite=Lax";
}

// Only what every parser of cookies leaves as it is.
std::string base64url(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.pop_back();
  for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

}  // namespace

Sticky::Sticky(const config::Sticky& settings, std::string upstream)
    : upstream_(std::move(upstream)),
      secret_(settings.secret),
      cookie_(Variable::parse("cookie." + settings.cookie).value()),
      attributes_(attributes(settings)) {}

std::string Sticky::token(std::string_view endpoint) const {
  auto text = "sticky\n" + upstream_ + '\n' + std::string(endpoint);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), nullptr);
  return base64url(mac.data(), token_bytes);
}

std::string_view Sticky::field(std::string_view token, bool tls, Arena& arena) const {
  return arena.concat({cookie_.name(), "=", token, attributes_, tls ? secure : std::string_view()});
}

}  // namespace sluice::upstream
