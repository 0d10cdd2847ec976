// What a file says of API keys: where clients put them, and whose they are.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/config.hpp"
#include "sluice/principal.hpp"

namespace sluice::filters::api_key {

// Exactly one of them.
struct Place {
  std::optional<std::string> header, query, cookie;
  static const Schema& schema();
};

struct Limit {
  Rate rate;
  std::optional<std::uint64_t> burst;  // absent: the rate's count
  RateLimit limit() const noexcept { return {rate, burst.value_or(rate.count)}; }
  static const Schema& schema();
};

struct Key {
  std::string sha256;  // of the key's bytes: 64 hexadecimal digits
  std::vector<std::string> scopes, roles;
  std::vector<Limit> limits;
  static const Schema& schema();
};

using Keys = std::map<std::string, Key>;  // by their owner

// `file`: the same keys in a file of their own.
struct KeyFile {
  Keys keys;
  static const Schema& schema();
};

struct Settings {
  OneOrMany<Place> from = {Place{.header = "X-API-Key", .query = {}, .cookie = {}}};
  Keys keys;
  std::optional<std::filesystem::path> file;
  bool forward = false;
  static const Schema& schema();
};

}  // namespace sluice::filters::api_key
