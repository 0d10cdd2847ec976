#include "http/credentials.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "http/query.hpp"

namespace sluice::http {
namespace {

constexpr char folded(char c) noexcept {
  return c == '_' ? '-' : lower(c);
}
bool alike(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return folded(x) == folded(y); });
}

// The pieces between separators, an empty one included.
class Pieces {
 public:
  Pieces(std::string_view text, char separator) noexcept : left_(text), separator_(separator) {}
  bool next(std::string_view& piece) noexcept {
    if (ended_) return false;
    auto end = left_.find(separator_);
    piece = left_.substr(0, end);
    ended_ = end == left_.npos;
    if (!ended_) left_.remove_prefix(end + 1);
    return true;
  }

 private:
  std::string_view left_;
  char separator_;
  bool ended_ = false;
};

std::string_view before_equals(std::string_view pair) noexcept {
  return pair.substr(0, pair.find('='));
}
std::string_view behind_equals(std::string_view pair) noexcept {
  auto equals = pair.find('=');
  return equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
}

bool is_cookie(std::string_view pair, std::string_view name) noexcept {
  return trim(before_equals(pair)) == name;
}
bool is_parameter(std::string_view pair, std::string_view name, Arena& arena) {
  return decode_query(before_equals(pair), arena) == name;
}

// Text that is put together from pieces of another one, and never longer than it may become.
class Text {
 public:
  Text(std::size_t room, Arena& arena) : start_(arena.bytes(room)), end_(start_) {}
  bool empty() const noexcept { return end_ == start_; }
  Text& append(std::string_view s) noexcept {
    end_ = std::copy(s.begin(), s.end(), end_);
    return *this;
  }
  std::string_view view() const noexcept { return {start_, static_cast<std::size_t>(end_ - start_)}; }

 private:
  char* start_;
  char* end_;
};

std::string_view without_cookie(std::string_view line, std::string_view name, Arena& arena) {
  Text kept(line.size() + 1, arena);
  std::string_view pair;
  for (Pieces pieces(line, ';'); pieces.next(pair);)
    if (!is_cookie(pair, name)) kept.append(kept.empty() ? "" : ";").append(kept.empty() ? trim(pair) : pair);
  return kept.view();
}

std::string_view without_parameter(std::string_view query, std::string_view name, Arena& arena) {
  Text kept(query.size() + 1, arena);
  std::string_view pair;
  bool first = true;
  for (Pieces pieces(query, '&'); pieces.next(pair);) {
    if (is_parameter(pair, name, arena)) continue;
    kept.append(first ? "" : "&").append(pair);
    first = false;
  }
  return kept.view();
}

}  // namespace

Shown find_field(const Fields& fields, std::string_view name) noexcept {
  Shown shown;
  for (auto& f : fields)
    if (same_name(f.name, name) && shown.count++ == 0) shown.value = f.value;
  return shown;
}

Shown find_field(const Fields& fields, FieldId id) noexcept {
  Shown shown;
  for (auto& f : fields)
    if (f.id == id && shown.count++ == 0) shown.value = f.value;
  return shown;
}

Shown find_cookie(const Fields& fields, std::string_view name) noexcept {
  Shown shown;
  std::string_view pair;
  for (auto& f : fields) {
    if (f.id != FieldId::cookie) continue;
    for (Pieces pieces(f.value, ';'); pieces.next(pair);)
      if (is_cookie(pair, name) && shown.count++ == 0) shown.value = trim(behind_equals(pair));
  }
  return shown;
}

Shown find_parameter(std::string_view query, std::string_view name, Arena& arena) {
  Shown shown;
  std::string_view pair;
  for (Pieces pieces(query, '&'); pieces.next(pair);)
    if (is_parameter(pair, name, arena) && shown.count++ == 0)
      shown.value = decode_query(behind_equals(pair), arena);
  return shown;
}

void take_field(Fields& fields, std::string_view name) noexcept {
  fields.remove_if([&](const Field& f) { return alike(f.name, name); });
}

void take_lookalikes(Fields& fields, std::string_view name) noexcept {
  fields.remove_if([&](const Field& f) { return alike(f.name, name) && !same_name(f.name, name); });
}

void take_cookie(Fields& fields, std::string_view name) {
  if (find_cookie(fields, name).count == 0) return;
  Fields others(fields.arena());
  for (auto& f : fields) {
    auto value = f.id == FieldId::cookie ? without_cookie(f.value, name, fields.arena()) : f.value;
    if (f.id != FieldId::cookie || !value.empty()) others.add(f.id, f.name, value);
  }
  fields = others;
}

void take_parameter(Request& request, std::string_view name) {
  auto& arena = request.fields.arena();
  if (request.query.empty() || find_parameter(request.query, name, arena).count == 0) return;
  request.query = without_parameter(request.query, name, arena);
  request.has_query = !request.query.empty();
}

std::string_view masked_query(std::string_view query, const ParameterNames& secret, Arena& arena) {
  auto is_secret = [&](std::string_view pair) {
    return secret.contains(decode_query(before_equals(pair), arena));
  };
  std::string_view pair;
  unsigned found = 0;
  if (!secret.empty())
    for (Pieces pieces(query, '&'); pieces.next(pair);) found += is_secret(pair);
  if (found == 0) return query;
  Text masked(query.size() + found * 4 + 1, arena);
  bool first = true;
  for (Pieces pieces(query, '&'); pieces.next(pair); first = false) {
    masked.append(first ? "" : "&");
    if (is_secret(pair))
      masked.append(before_equals(pair)).append("=***");
    else
      masked.append(pair);
  }
  return masked.view();
}

}  // namespace sluice::http
