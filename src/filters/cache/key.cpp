#include "filters/cache/key.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/keyed_hash.hpp"
#include "http/chars.hpp"
#include "http/query.hpp"
#include "sluice/value_of.hpp"

namespace sluice::filters::cache {
namespace {

using namespace std::string_view_literals;

// No URL, name or value of a field has such a byte.
constexpr auto separator = "\0"sv;
constexpr auto for_all = "\0a"sv;
constexpr auto for_nobody_known = "\0n"sv;
constexpr auto for_one = "\0p"sv;

// What of the settings makes answers others: with other ones they are not found again.
std::string fingerprint(const Settings& s) {
  base::KeyedHash<> hash({});
  auto add_all = [&hash](const std::vector<std::string>& names) {
    for (auto& name : names) hash.add(name);
    hash.add(separator);
  };
  if (s.key.query) add_all(*s.key.query);
  add_all(s.key.ignore_query);
  add_all(s.key.headers);
  add_all(s.key.cookies);
  hash.add(s.key.query ? "q" : "").add(s.key.sort_query ? "o" : "");
  hash.add(s.shared ? "s" : "").add(s.private_by ? "p" : "");
  auto sum = hash.finish();
  return {reinterpret_cast<const char*>(&sum), sizeof sum};
}

// A part with its length before it, so that no value can look like the next part. One that is not there is
// not an empty one.
std::string_view measured(std::string_view part, Arena& arena) {
  auto length = part.data() ? static_cast<std::uint32_t>(part.size()) : UINT32_MAX;
  char size[sizeof length];
  std::memcpy(size, &length, sizeof size);
  return arena.concat({{size, sizeof size}, part});
}

std::string_view all_lines(const Fields& fields, const Variable& name) {
  std::string_view all;
  for (auto& f : fields)
    if (f.id == name.field() && (f.id != FieldId::other || http::same_name(f.name, name.name())))
      all = all.data() ? fields.arena().concat({all, ", ", f.value}) : f.value;
  return all;
}

bool contains(const std::vector<std::string>& names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

std::string_view next_pair(std::string_view& query) noexcept {
  auto end = std::min(query.find('&'), query.size());
  auto pair = query.substr(0, end);
  query.remove_prefix(std::min(end + 1, query.size()));
  return pair;
}

std::string_view name_of(std::string_view pair) noexcept {
  return pair.substr(0, std::min(pair.find('='), pair.size()));
}

// Those of one name stay in their order: they are views into one text.
bool by_name(std::string_view a, std::string_view b) noexcept {
  return std::tuple(name_of(a), a.data()) < std::tuple(name_of(b), b.data());
}

std::string_view joined(std::span<const std::string_view> pairs, Arena& arena) {
  std::size_t size = 0;
  for (auto pair : pairs) size += pair.size() + 1;
  char* const text = arena.bytes(size);
  char* to = text;
  for (auto pair : pairs) {
    if (to != text) *to++ = '&';
    to = std::copy(pair.begin(), pair.end(), to);
  }
  return {text, static_cast<std::size_t>(to - text)};
}

std::string_view principal_of(const Principal& who, Arena& arena) {
  return arena.concat(
      {measured(who.method, arena), measured(who.subject, arena), measured(who.claim("iss"), arena)});
}

}  // namespace

KeyMaker::KeyMaker(std::string_view policy, const Settings& settings)
    : prefix_(std::string(separator).append(policy).append(separator).append(fingerprint(settings))),
      parts_(settings.key),
      shared_(settings.shared),
      private_(settings.private_by.has_value()) {
  for (auto& name : parts_.headers) variables_.push_back(*Variable::parse("header." + name));
  for (auto& name : parts_.cookies) variables_.push_back(*Variable::parse("cookie." + name));
}

Keys KeyMaker::make(Exchange& x) const {
  auto& r = x.request;
  auto& arena = x.arena;
  auto query = query_of(r.query, r.has_query, arena);
  auto url = r.scheme.size() + 3 + r.authority.size() + r.path.size() + query.mark.size() + query.text.size();
  auto added = variables_.empty() ? std::string_view() : additions(x);
  auto key = [&](std::string_view scope, std::string_view who) {
    return CacheKey{arena.concat({r.scheme, "://", r.authority, r.path, query.mark, query.text, prefix_,
                                  x.route_name, separator, added, scope, who}),
                    url};
  };
  Keys keys;
  bool known = x.principal.known();
  if (!private_) keys.shared = key(known || shared_ ? for_all : for_nobody_known, {});
  if (known && !shared_) keys.own = key(for_one, principal_of(x.principal, arena));
  return keys;
}

std::string_view KeyMaker::url_of(const Request& r, Arena& arena) const {
  return url_of(r, {r.path, r.query, r.has_query}, arena);
}

std::string_view KeyMaker::url_of(const Request& r, const http::SplitTarget& target, Arena& arena) const {
  auto query = query_of(target.query, target.has_query, arena);
  return arena.concat({r.scheme, "://", r.authority, target.path, query.mark, query.text});
}

KeyMaker::Query KeyMaker::query_of(std::string_view query, bool has_query, Arena& arena) const {
  if (!has_query) return {};
  if (!parts_.query && parts_.ignore_query.empty() && !parts_.sort_query) return {"?", query};
  std::span<std::string_view> pairs(
      static_cast<std::string_view*>(
          arena.take((query.size() / 2 + 1) * sizeof(std::string_view), alignof(std::string_view))),
      query.size() / 2 + 1);
  std::size_t count = 0;
  while (!query.empty())
    if (auto pair = next_pair(query); !pair.empty() && is_kept(pair, arena))
      std::construct_at(&pairs[count++], pair);
  pairs = pairs.first(count);
  if (parts_.sort_query) std::ranges::sort(pairs, by_name);
  return count == 0 ? Query() : Query{"?", joined(pairs, arena)};
}

bool KeyMaker::is_kept(std::string_view pair, Arena& arena) const {
  auto name = http::decode_query(name_of(pair), arena);
  if (parts_.query) return contains(*parts_.query, name);
  return !contains(parts_.ignore_query, name);
}

std::string_view KeyMaker::additions(Exchange& x) const {
  std::string_view all;
  for (auto& variable : variables_) {
    bool field = variable.kind() == Variable::Kind::header;
    auto value = field ? all_lines(x.request.fields, variable) : value_of(variable, x);
    all = x.arena.concat({all, measured(value, x.arena)});
  }
  return all;
}

std::string KeyMaker::describe() const {
  std::string text = "method, scheme, authority, path, ";
  auto list = [&text](const char* what, const std::vector<std::string>& names) {
    for (auto& name : names) text.append(what).append(name);
  };
  if (parts_.query) {
    text += "of the query";
    list(" ", *parts_.query);
    if (parts_.query->empty()) text += " nothing";
  } else {
    text += parts_.ignore_query.empty() ? "query" : "query without";
    list(" ", parts_.ignore_query);
  }
  if (parts_.sort_query) text += " (in any order)";
  list(", field ", parts_.headers);
  list(", cookie ", parts_.cookies);
  text += ", policy, route";
  if (private_) return text + ", principal";
  return shared_ ? text : text + ", principal unless the answer is for everybody";
}

}  // namespace sluice::filters::cache
