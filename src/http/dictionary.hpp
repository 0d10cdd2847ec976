// Dictionaries of structured values (RFC 8941 §3.2), read strictly: `a=1, b="x";p=2, c`.
//
//   DictionaryReader reader(field.value);
//   for (DictionaryReader::Member m; reader.next(m);) use(m.key, m.type, m.text);
//   if (!reader.good()) ...                  // malformed: nothing of it may be used (§4.2)
//
// Parameters are checked and skipped. A field of several lines is read line by line. Views are into the text.
#pragma once
#include <cstdint>
#include <string_view>

namespace sluice::http {

class DictionaryReader {
 public:
  enum class Type : std::uint8_t { boolean, integer, decimal, string, token, bytes, list };
  struct Member {
    std::string_view key;
    Type type = Type::boolean;
    std::string_view text;  // as it is written, a string without its quotes; of a key alone "?1"
  };

  explicit DictionaryReader(std::string_view text) noexcept;

  // False: that was all, or the text is malformed here.
  bool next(Member& member) noexcept;
  bool good() const noexcept { return good_; }

 private:
  bool read_member(Member& member) noexcept;
  bool read_item(Member& member) noexcept;
  bool read_bare_item(Member& member) noexcept;
  bool read_inner_list() noexcept;
  bool read_parameters() noexcept;
  bool read_key(std::string_view& key) noexcept;
  bool read_number(Member& member) noexcept;
  bool read_string(Member& member) noexcept;
  bool read_token(Member& member) noexcept;
  bool read_bytes(Member& member) noexcept;
  bool read_boolean(Member& member) noexcept;
  bool read_separator() noexcept;
  bool take(char c) noexcept;
  void skip_spaces() noexcept;

  std::string_view left_;
  bool good_ = true;
  bool first_ = true;
};

}  // namespace sluice::http
