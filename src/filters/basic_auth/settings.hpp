// What a file says of users and their passwords.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sluice/config.hpp"

namespace sluice::filters::basic_auth {

struct User {
  std::string hash;  // as crypt(5) has it
  std::vector<std::string> scopes, roles;
  static const Schema& schema();
};

struct Settings {
  std::string realm = "sluice";
  std::map<std::string, User> users;
  OrOff<Duration> remember = std::chrono::minutes(1);
  bool forward = false;
  static const Schema& schema();
};

}  // namespace sluice::filters::basic_auth
