#include "filters/validate/schema/plain_pattern.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::filters::validate {
namespace {

using Set = std::array<bool, 256>;

void add_range(Set& set, char first, char last) {
  for (int c = first; c <= last; ++c) set[static_cast<std::size_t>(c)] = true;
}

// What a backslash and this letter stand for; false: not for something plain.
bool add_escape(Set& set, char c) {
  if (c == 'd') {
    add_range(set, '0', '9');
  } else if (c == 'w') {
    add_range(set, '0', '9');
    add_range(set, 'a', 'z');
    add_range(set, 'A', 'Z');
    set['_'] = true;
  } else if (std::string_view("^$\\.*+?()[]{}|/-").find(c) != std::string_view::npos) {
    set[static_cast<unsigned char>(c)] = true;
  } else {
    return false;
  }
  return true;
}

bool is_plain(char c) {
  return c >= ' ' && c < 0x7f;
}

}  // namespace

class PlainPattern::Parser {
 public:
  explicit Parser(std::string_view text) : left_(text) {}

  bool parse(std::vector<Run>& runs) {
    while (!left_.empty()) {
      Run run;
      if (!atom(run.set) || !count(run)) return false;
      runs.push_back(run);
    }
    return true;
  }

 private:
  char take() {
    char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }
  bool atom(Set& set) {
    char c = take();
    if (c == '[') return bracket(set);
    if (c == '\\') return !left_.empty() && add_escape(set, take());
    if (!is_plain(c) || std::string_view("^$.*+?()]{}|").find(c) != std::string_view::npos) return false;
    set[static_cast<unsigned char>(c)] = true;
    return true;
  }
  bool bracket(Set& set) {
    if (left_.starts_with('^') || left_.starts_with(']')) return false;
    while (!left_.empty() && left_.front() != ']') {
      char c = take();
      if (c == '\\') {
        if (left_.empty() || !add_escape(set, take()) || left_.starts_with("-")) return false;
      } else if (!is_plain(c) || c == '[') {
        return false;
      } else if (left_.size() > 1 && left_[0] == '-' && left_[1] != ']') {
        take();
        char last = take();
        if (!is_plain(last) || last == '\\' || last == '[' || last < c) return false;
        add_range(set, c, last);
      } else {
        set[static_cast<unsigned char>(c)] = true;
      }
    }
    if (left_.empty()) return false;
    take();
    return true;
  }
  bool count(Run& run) {
    if (left_.empty()) return true;
    char c = left_.front();
    if (c == '?' || c == '*') run.least = 0;
    if (c == '*' || c == '+') run.most = any_number;
    bool counted = c == '?' || c == '*' || c == '+';
    if (counted) take();
    if (c == '{' && !braces(run)) return false;
    // Another sign behind it would be a lazy count, or a fault.
    bool again = !left_.empty() && std::string_view("?*+{").find(left_.front()) != std::string_view::npos;
    return !(again && (counted || c == '{'));
  }
  bool braces(Run& run) {
    take();
    if (!number(run.least)) return false;
    run.most = run.least;
    if (left_.starts_with(',')) {
      take();
      run.most = any_number;
      if (!left_.starts_with('}') && !number(run.most)) return false;
    }
    if (!left_.starts_with('}') || run.most < run.least) return false;
    take();
    return true;
  }
  bool number(std::uint32_t& n) {
    auto [end, fault] = std::from_chars(left_.data(), left_.data() + left_.size(), n);
    if (fault != std::errc() || n > 1000) return false;
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return true;
  }

  std::string_view left_;
};

std::optional<PlainPattern> PlainPattern::compile(std::string_view ecma) {
  if (ecma.size() < 2 || !ecma.starts_with('^') || !ecma.ends_with('$') || ecma.ends_with("\\$"))
    return std::nullopt;
  PlainPattern plain;
  if (!Parser(ecma.substr(1, ecma.size() - 2)).parse(plain.runs_) || !plain.is_deterministic())
    return std::nullopt;
  return plain;
}

// A run of a count that varies takes all it can get: right where nothing that may follow could have begun.
bool PlainPattern::is_deterministic() const noexcept {
  auto disjoint = [](const Set& a, const Set& b) {
    for (std::size_t c = 0; c < a.size(); ++c)
      if (a[c] && b[c]) return false;
    return true;
  };
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (runs_[i].least == runs_[i].most) continue;
    for (std::size_t j = i + 1; j < runs_.size(); ++j) {
      if (!disjoint(runs_[i].set, runs_[j].set)) return false;
      if (runs_[j].least > 0) break;
    }
  }
  return true;
}

// Without a branch for each character.
bool PlainPattern::all_in(const Set& set, const char* at, std::size_t n) noexcept {
  auto has = [&](std::size_t i) { return set[static_cast<unsigned char>(at[i])]; };
  bool all = true;
  for (; n >= 4; n -= 4, at += 4) all &= has(0) & has(1) & has(2) & has(3);
  while (n--) all &= has(n);
  return all;
}

bool PlainPattern::matches(std::string_view text) const noexcept {
  const char* at = text.data();
  const char* end = at + text.size();
  for (auto& run : runs_) {
    auto left = static_cast<std::size_t>(end - at);
    if (run.least == run.most) {
      if (left < run.least || !all_in(run.set, at, run.least)) return false;
      at += run.least;
      continue;
    }
    auto most = std::min<std::size_t>(run.most, left);
    const char* last = at + most;
    const char* first = at;
    while (at != last && run.set[static_cast<unsigned char>(*at)]) ++at;
    if (static_cast<std::size_t>(at - first) < run.least) return false;
  }
  return at == end;
}

}  // namespace sluice::filters::validate
