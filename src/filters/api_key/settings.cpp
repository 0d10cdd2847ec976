#include "filters/api_key/settings.hpp"

#include <algorithm>
#include <set>

#include "http/chars.hpp"

namespace sluice::filters::api_key {
namespace {

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) { return http::is_hex(c); });
}

// An owner's name is the principal: it stands in logs, keys and fields.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 &&
         std::ranges::all_of(name, [](char c) { return http::is_graphic(c); });
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return http::lower(c); });
  return text;
}

void check_keys(const Keys& keys, Faults& faults) {
  std::map<std::string, std::string_view> owners;
  for (auto& [name, key] : keys) {
    if (!is_name(name)) faults.add("keys", "a key's owner is named by at most 128 visible ASCII characters");
    auto [other, fresh] = owners.try_emplace(lower(key.sha256), name);
    if (!fresh)
      faults.add("keys", "'" + std::string(other->second) + "' and '" + name + "' have the same key");
  }
}

void check_from(const Settings& settings, Faults& faults) {
  if (settings.from.empty()) faults.add("from", "expected at least one place");
  std::set<std::string> seen;
  for (auto& place : settings.from) {
    auto name = place.header  ? "header " + lower(*place.header)
                : place.query ? "query " + *place.query
                              : "cookie " + place.cookie.value_or("");
    if (!seen.insert(name).second) faults.add("from", "a place is there twice");
  }
}

}  // namespace

const Schema& Place::schema() {
  static const Schema s =
      describe<Place>("One place of a request where a key may be.")
          .member("header", &Place::header, "The field of that name; its value is the key.")
          .member("query", &Place::query, "The parameter of that name. It is never forwarded.")
          .member("cookie", &Place::cookie, "The cookie of that name. It is never forwarded.")
          .exactly_one({"header", "query", "cookie"})
          .short_form("header")
          .check([](const Place& place, Faults& faults) {
            if (place.header && !http::is_token(*place.header))
              faults.add("header", "expected a field's name");
            if (place.cookie && !http::is_token(*place.cookie))
              faults.add("cookie", "expected a cookie's name");
            if (place.query && place.query->empty()) faults.add("query", "expected a parameter's name");
          });
  return s;
}

const Schema& Limit::schema() {
  static const Schema s =
      describe<Limit>("A limit of this key alone.")
          .member("rate", &Limit::rate, "So many requests in a time.", required)
          .member("burst", &Limit::burst, "How many at once. Without it: the rate's count.",
                  at_least<std::uint64_t>(1))
          .short_form("rate");
  return s;
}

const Schema& Key::schema() {
  static const Schema s =
      describe<Key>("A key, and what its owner may do.")
          .member("sha256", &Key::sha256,
                  "The SHA-256 of the key in hexadecimal: `printf %s \"$KEY\" | sha256sum`.", required,
                  secret)
          .member("scopes", &Key::scopes, "What the owner may do, for `require` and others.")
          .member("roles", &Key::roles, "What the owner is.")
          .member("limits", &Key::limits,
                  "Rates of this key, instead of those of the `rate_limit` policies that count by principal.")
          .short_form("sha256")
          .check([](const Key& key, Faults& faults) {
            if (!is_sha256(key.sha256)) faults.add("sha256", "expected 64 hexadecimal digits");
          });
  return s;
}

const Schema& KeyFile::schema() {
  static const Schema s =
      describe<KeyFile>("Keys in a file of their own.")
          .member("keys", &KeyFile::keys, "By their owner.", required)
          .check([](const KeyFile& file, Faults& faults) { check_keys(file.keys, faults); });
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Finds out who is asking by an API key, of which only a hash is kept.")
          .member("from", &Settings::from, "Where a key may be; the first place that has one counts.")
          .member("keys", &Settings::keys, "The keys, by their owner's name: that is the principal.")
          .member("file", &Settings::file,
                  "A YAML file with further `keys`, read when the configuration is loaded.")
          .member("forward", &Settings::forward,
                  "Whether the field goes on to the upstream. Parameters and cookies never do.")
          .check([](const Settings& settings, Faults& faults) {
            if (settings.keys.empty() && !settings.file) faults.add("", "expected 'keys' or 'file'");
            check_keys(settings.keys, faults);
            check_from(settings, faults);
          });
  return s;
}

}  // namespace sluice::filters::api_key
