#include "filters/basic_auth/settings.hpp"

#include <algorithm>

#include "filters/basic_auth/password.hpp"
#include "http/chars.hpp"

namespace sluice::filters::basic_auth {
namespace {

// RFC 7617 §2: a name ends at the first colon. It is the principal, so it stands in logs and fields.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 &&
         std::ranges::all_of(name, [](char c) { return http::is_graphic(c) && c != ':'; });
}

bool fits_quotes(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void check_settings(const Settings& settings, Faults& faults) {
  if (!fits_quotes(settings.realm)) faults.add("realm", "expected visible ASCII without '\"' and '\\'");
  if (settings.users.empty()) faults.add("users", "expected at least one user");
  for (auto& [name, user] : settings.users)
    if (!is_name(name))
      faults.add("users", "a user's name is at most 128 visible ASCII characters without ':'");
}

}  // namespace

const Schema& User::schema() {
  static const Schema s =
      describe<User>("A user, and what they may do.")
          .member("hash", &User::hash,
                  "The password as crypt(5) hashes it: `$2b$` (bcrypt), `$y$` (yescrypt) or `$6$` "
                  "(SHA-512): `mkpasswd -m bcrypt`.",
                  required, secret)
          .member("scopes", &User::scopes, "What the user may do, for `require` and others.")
          .member("roles", &User::roles, "What the user is.")
          .short_form("hash")
          .check([](const User& user, Faults& faults) {
            if (auto* fault = fault_of_hash(user.hash)) faults.add("hash", fault);
          });
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Finds out who is asking by name and password (RFC 7617).")
          .member("realm", &Settings::realm, "What a browser shows when it asks for the password.")
          .member("users", &Settings::users, "The users, by name: that is the principal.", required)
          .member("remember", &Settings::remember,
                  "How long a password that was right is not hashed again, on each worker.",
                  at_least<Duration>(std::chrono::seconds(1)))
          .member("forward", &Settings::forward, "Whether Authorization goes on to the upstream.")
          .check(check_settings);
  return s;
}

}  // namespace sluice::filters::basic_auth
