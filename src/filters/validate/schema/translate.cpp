// ECMA-262's regular expressions (with its flag "u") in RE2's spelling.
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "filters/validate/schema/pattern.hpp"
#include "json/utf8.hpp"

namespace sluice::filters::validate {
namespace {

// White space and line ends of ECMA-262 §12.2 and §12.3, and what is none of them.
constexpr std::string_view spaces =
    R"(\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view no_spaces =
    R"(\x00-\x08\x0e-\x1f!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e})"
    R"(\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";

constexpr std::pair<std::string_view, std::string_view> categories[] = {
    {"Letter", "L"},
    {"Lowercase_Letter", "Ll"},
    {"Uppercase_Letter", "Lu"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Control", "Cc"},
    {"Format", "Cf"},
    {"Other", "C"},
};

class Translation {
 public:
  Translation(std::string_view ecma, std::string& error) : left_(ecma), error_(error) {}

  bool run() {
    while (!left_.empty())
      if (!(in_class_ ? in_class() : outside())) return false;
    return !in_class_ || fail("a '[' is not closed");
  }
  std::string take_text() { return std::move(out_); }

 private:
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }
  bool takes(std::string_view what) {
    if (!left_.starts_with(what)) return false;
    left_.remove_prefix(what.size());
    return true;
  }
  void copy() {
    out_ += left_.front();
    left_.remove_prefix(1);
  }

  bool outside() {
    if (takes("\\")) return escape();
    if (takes("[^]")) return put("(?s:.)");
    if (takes("[]")) return put(R"([^\x00-\x{10ffff}])");
    if (takes("[")) {
      out_ += '[';
      if (takes("^")) out_ += '^';
      return in_class_ = true;
    }
    if (takes(".")) return put(R"([^\n\r\x{2028}\x{2029}])");
    if (takes("(?")) return group();
    copy();
    return true;
  }

  bool group() {
    if (left_.starts_with('=') || left_.starts_with('!') || left_.starts_with("<=") ||
        left_.starts_with("<!"))
      return fail("look-ahead and look-behind cannot be done in bounded time");
    if (takes("<")) return put("(?P<");
    if (takes(":")) return put("(?:");
    return fail("unknown group '(?'");
  }

  bool in_class() {
    if (takes("\\")) return escape();
    if (takes("[")) return put("\\[");
    if (left_.front() == ']') in_class_ = false;
    copy();
    return true;
  }

  bool escape() {
    if (left_.empty()) return fail("a backslash stands at the end");
    char c = left_.front();
    left_.remove_prefix(1);
    switch (c) {
      case 's':
        return in_class_ ? put(spaces) : put("[").append(spaces, "]");
      case 'S':
        return in_class_ ? put(no_spaces) : put("[").append(no_spaces, "]");
      case 'b':
        return put(in_class_ ? "\\x08" : "\\b");
      case 'c':
        return control();
      case 'x':
        return hex(2);
      case 'u':
        return unicode();
      case 'p':
      case 'P':
        return property(c);
      case 'k':
        return fail("back-references cannot be done in bounded time");
      case '0':
        return put("\\x00");
      default:
        return other_escape(c);
    }
  }

  bool other_escape(char c) {
    if (c >= '1' && c <= '9') return fail("back-references cannot be done in bounded time");
    bool same = std::string_view("dDwWtnrfv").find(c) != std::string_view::npos || (c == 'B' && !in_class_);
    bool sign = std::string_view("^$\\.*+?()[]{}|/-").find(c) != std::string_view::npos;
    if (!same && !sign) return fail("unknown escape '\\" + std::string{c, '\''});
    out_ += '\\';
    out_ += c;
    return true;
  }

  bool control() {
    char letter = left_.empty() ? '\0' : static_cast<char>(left_.front() | 0x20);
    if (letter < 'a' || letter > 'z') return fail("a letter is expected behind '\\c'");
    left_.remove_prefix(1);
    return put_code(static_cast<std::uint32_t>(letter - 'a' + 1));
  }

  bool digits(std::size_t least, std::size_t most, std::uint32_t& code) {
    code = 0;
    std::size_t n = 0;
    for (; n < most && n < left_.size(); ++n) {
      auto digit = std::string_view("0123456789abcdef").find(static_cast<char>(left_[n] | 0x20));
      if (digit == std::string_view::npos || (digit < 10 && (left_[n] < '0' || left_[n] > '9'))) break;
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    if (n < least) return fail("hexadecimal digits are expected behind '\\x' or '\\u'");
    left_.remove_prefix(n);
    return true;
  }
  bool hex(std::size_t count) {
    std::uint32_t code;
    return digits(count, count, code) && put_code(code);
  }
  bool unicode() {
    std::uint32_t code, low;
    if (takes("{"))
      return digits(1, 6, code) && (takes("}") || fail("a '\\u{' is not closed")) && put_code(code);
    if (!digits(4, 4, code)) return false;
    if (code >= 0xd800 && code < 0xdc00 && takes("\\u")) {
      if (!digits(4, 4, low)) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return put_code(code);
  }

  bool property(char sign) {
    auto close = left_.find('}');
    if (!takes("{") || close == left_.npos) return fail("'{' and a name are expected behind '\\p'");
    auto name = left_.substr(0, close - 1);
    left_.remove_prefix(close);
    for (auto prefix : {"Script=", "sc=", "General_Category=", "gc="})
      if (name.starts_with(prefix)) name.remove_prefix(std::string_view(prefix).size());
    for (auto& [long_name, short_name] : categories)
      if (name == long_name) name = short_name;
    if (name == "ASCII") name = "";
    if (name.empty()) return put(sign == 'p' ? R"([\x00-\x7f])" : R"([^\x00-\x7f])");
    ((((out_ += '\\') += sign) += '{') += name) += '}';
    return true;
  }

  // True in any case: what was put is the good end of a step.
  struct Put {
    std::string* to;
    bool append(std::string_view a, std::string_view b) { return ((*to += a) += b), true; }
    operator bool() const { return true; }
  };
  Put put(std::string_view text) {
    out_ += text;
    return {&out_};
  }
  bool put_code(std::uint32_t code) {
    std::array<char, 16> text;
    auto n = std::snprintf(text.data(), text.size(), "\\x{%x}", code);
    return put({text.data(), static_cast<std::size_t>(n)});
  }

  std::string_view left_;
  std::string& error_;
  std::string out_;
  bool in_class_ = false;
};

}  // namespace

std::optional<std::string> translate(std::string_view ecma, std::string& error) {
  Translation translation(ecma, error);
  if (!translation.run()) return std::nullopt;
  return translation.take_text();
}

}  // namespace sluice::filters::validate
