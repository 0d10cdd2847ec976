#include "filters/jwt/configured_keys.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "filters/jwt/base64url.hpp"

namespace sluice::filters::jwt {
namespace {

constexpr std::uintmax_t max_file = 1 << 20;

std::optional<std::string> read_file(const std::filesystem::path& file) {
  std::error_code fault;
  auto size = std::filesystem::file_size(file, fault);
  if (fault || size > max_file) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return std::nullopt;
  return text;
}

std::string none_usable(const ParsedKeys& parsed) {
  std::string why = "has no key that can be used";
  for (auto& note : parsed.notes) why += "; " + note;
  return why;
}

void add_file(const std::filesystem::path& file, Algorithms allowed, std::vector<Key>& keys,
              std::vector<std::string>& errors) {
  auto wrong = [&](const std::string& what) {
    errors.push_back("jwks.file: " + file.string() + ": " + what);
  };
  auto text = read_file(file);
  if (!text) return wrong("cannot be read, or has more than 1MiB");
  auto parsed = parse_jwks(*text, allowed, Secrets::accepted);
  if (!parsed.error.empty()) return wrong(parsed.error);
  if (parsed.keys.empty()) return wrong(none_usable(parsed));
  std::ranges::move(parsed.keys, std::back_inserter(keys));
}

}  // namespace

Key::Made make_key(const InlineKey& key, Algorithms allowed) {
  if (key.alg && !allowed.has(*key.alg))
    return "its 'alg' " + std::string(name_of(*key.alg)) + " is not among the 'algorithms'";
  if (key.alg) allowed = Algorithms{*key.alg};
  if (key.public_key) return Key::from_pem(key.kid, *key.public_key, allowed);
  if (key.secret) return Key::from_secret(key.kid, *key.secret, allowed);
  auto secret = decode_base64(key.secret_base64.value_or(""));
  if (!secret) return "'secret_base64' is not base64 with its padding (RFC 4648 4)";
  return Key::from_secret(key.kid, *secret, allowed);
}

std::vector<Key> configured_keys(const Settings& settings, std::vector<std::string>& errors) {
  std::vector<Key> keys;
  for (auto& key : settings.keys) {
    auto made = make_key(key, settings.allowed());
    if (auto* sound = std::get_if<Key>(&made))
      keys.push_back(std::move(*sound));
    else
      errors.push_back("keys: " + std::get<std::string>(made));
  }
  if (settings.jwks && settings.jwks->file) add_file(*settings.jwks->file, settings.allowed(), keys, errors);
  return keys;
}

}  // namespace sluice::filters::jwt
