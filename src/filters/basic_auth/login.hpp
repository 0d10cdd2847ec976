// Name and password, as a client sends them (RFC 7617 §2): "Basic", white space, base64 of "name:password".
//
//   auto login = parse_login(authorization, arena);
//   if (login.how == Login::How::fine) check(login.name, login.password);
#pragma once
#include <string_view>

#include "sluice/arena.hpp"

namespace sluice::filters::basic_auth {

struct Login {
  enum class How : std::uint8_t {
    other,      // another scheme, or none
    malformed,  // not canonical base64, no colon, a control character, too long
    fine
  };
  How how = How::other;
  std::string_view both, name, password;  // both: with the colon between them
};

Login parse_login(std::string_view authorization, Arena& arena);

}  // namespace sluice::filters::basic_auth
