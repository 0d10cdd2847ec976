#include "http/target.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice::http {

namespace {

Error broken(const char* cause) {
  return {Error::Kind::malformed, Error::Side::downstream, cause};
}

// A block of a path, and whether the one before ended with a slash. True: nothing of it needs a closer look.
bool is_plain(detail::Block x, unsigned valid, unsigned& after_slash) noexcept {
  using namespace detail;
  auto bad = outside(x, '!') | equal(x, '%') | equal(x, '\\') | equal(x, '#') | equal(x, '?');
  auto slashes = bits(equal(x, '/'));
  auto doubled = (slashes << 1 | after_slash) & (slashes | bits(equal(x, '.')));
  after_slash = slashes >> 15;
  return ((bits(bad) | doubled) & valid) == 0;
}

// True: nothing of it is rewritten, removed or refused. False: it takes the long way.
bool is_plain(std::string_view path) noexcept {
  unsigned after_slash = 0;
  for (; path.size() >= 16; path.remove_prefix(16))
    if (!is_plain(detail::load(path.data()), 0xffff, after_slash)) return false;
  if (path.empty()) return true;
  return is_plain(detail::load_part(path.data(), path.size()), (1u << path.size()) - 1, after_slash);
}

bool is_dot_segment(std::string_view s) noexcept {
  if (s == "." || s == "..") return true;
  return s.starts_with(".;") || s.starts_with("..;");
}

// A piece of a segment ends where a reader that decodes too much would see a separator.
bool separates(std::string_view segment, std::size_t at) noexcept {
  auto triplet = segment.substr(at, 3);
  return triplet == "%2F" || triplet == "%5C";
}

// True: a server that decodes %2F and %5C, or cuts parameters off, would climb.
bool hides_dots(std::string_view segment) noexcept {
  if (segment.starts_with(".;") || segment.starts_with("..;")) return true;
  bool pieces = false;
  for (std::size_t begin = 0, at = 0; at <= segment.size(); ++at) {
    bool end = at == segment.size();
    if (!end && !separates(segment, at)) continue;
    pieces |= !end;
    if (pieces && is_dot_segment(segment.substr(begin, at - begin))) return true;
    begin = at + 3;
    at += end ? 0 : 2;
  }
  return false;
}

// Writes the path's segments one after the other, each decoded, into memory that is at least as large.
class Rewriter {
 public:
  Rewriter(std::string_view raw, bool merge_slashes, char* to) noexcept
      : raw_(raw), merge_(merge_slashes), begin_(to), to_(to) {}

  const char* run() noexcept {
    for (std::size_t at = 0; at < raw_.size();) {
      auto end = std::min(raw_.find('/', at + 1), raw_.size());
      if (auto cause = segment(raw_.substr(at + 1, end - at - 1), end == raw_.size())) return cause;
      at = end;
    }
    return nullptr;
  }
  std::string_view result() const noexcept { return {begin_, static_cast<std::size_t>(to_ - begin_)}; }

 private:
  const char* segment(std::string_view coded, bool last) noexcept {
    char* start = to_;
    *to_++ = '/';
    if (auto cause = decode(coded)) return cause;
    std::string_view done(start + 1, static_cast<std::size_t>(to_ - start - 1));
    if (hides_dots(done)) return "path_hidden_dots";
    if (done == "." || done == "..")
      leave(start, done.size() == 2, last);
    else if (done.empty() && merge_ && !last)
      to_ = start;
    return nullptr;
  }

  // A dot segment: gone, and for ".." so is the segment before it. The slash stays where the path ends.
  void leave(char* start, bool parent, bool last) noexcept {
    to_ = start;
    if (parent)
      while (to_ != begin_ && *--to_ != '/') {
      }
    if (last) *to_++ = '/';
  }

  const char* decode(std::string_view coded) noexcept {
    for (std::size_t i = 0; i < coded.size(); ++i) {
      char c = coded[i];
      if (c != '%') {
        if (!is_graphic(c) || c == '#' || c == '?') return "path_bad_character";
        if (c == '\\') return "path_backslash";
        *to_++ = c;
        continue;
      }
      if (coded.size() - i < 3 || !is_hex(coded[i + 1]) || !is_hex(coded[i + 2])) return "path_bad_percent";
      auto byte = static_cast<char>(hex_value(coded[i + 1]) << 4 | hex_value(coded[i + 2]));
      if (byte == '\0') return "path_nul";
      put(byte);
      i += 2;
    }
    return nullptr;
  }

  void put(char byte) noexcept {
    if (is_unreserved(byte)) {
      *to_++ = byte;
      return;
    }
    constexpr char digits[] = "0123456789ABCDEF";
    auto value = static_cast<unsigned char>(byte);
    *to_++ = '%';
    *to_++ = digits[value >> 4];
    *to_++ = digits[value & 15];
  }

  std::string_view raw_;
  bool merge_;
  char* begin_;
  char* to_;
};

}  // namespace

Result<std::string_view> normalise_path(std::string_view raw, bool merge_slashes, Arena& arena) {
  if (raw.empty() || raw.front() != '/') return broken("path_without_slash");
  if (is_plain(raw)) return raw;
  Rewriter rewriter(raw, merge_slashes, arena.bytes(raw.size() + 1));
  if (auto cause = rewriter.run()) return broken(cause);
  auto path = rewriter.result();
  return path == raw ? raw : path;
}

SplitTarget split_target(std::string_view target) noexcept {
  const char* last = target.data() + target.size();
  const char* mark = find_or_end<'?'>(target.data(), last);
  if (mark == last) return {target, {}, false};
  auto size = static_cast<std::size_t>(mark - target.data());
  return {{target.data(), size}, {mark + 1, target.size() - size - 1}, true};
}

}  // namespace sluice::http
