// Where Redis is, and who we are to it. Holds a password: it is printed without.
//
//   auto url = Scalar<RedisUrl>::parse("redis://ann:secret@redis.internal:6379/2");
#pragma once
#include "config/address.hpp"

namespace sluice::config {

// "redis://[[user]:password@]host[:port][/database]", "rediss://..." likewise, "unix:/run/redis.sock". User
// and password are percent-encoded.
struct RedisUrl {
  bool tls = false;
  std::string user, password;
  Address address;
  std::uint32_t database = 0;

  bool operator==(const RedisUrl&) const = default;
};

}  // namespace sluice::config

namespace sluice {

template <>
struct Scalar<config::RedisUrl> : TextScalar<config::RedisUrl> {
  static constexpr std::string_view expected =
      "a URL such as redis://user:password@host:6379/0 or unix:/run/redis.sock";
  static std::optional<config::RedisUrl> parse(std::string_view text);
  static std::string print(const config::RedisUrl& v);
};

}  // namespace sluice
