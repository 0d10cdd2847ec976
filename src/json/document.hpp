// A JSON text, read. Strict: RFC 8259 to the letter, UTF-8 only, no byte order mark, no lone surrogates, no
// member twice in one object, no NUL, and within limits.
//
//   Document document;                           // kept, and read into again and again
//   if (auto fault = document.read(text, limits)) return refuse(fault->message, fault->offset);
//   const Node& root = document.root();          // valid until the next read
//
// It keeps its own copy of the text, so the caller's may go. Once its memory has grown to what bodies need, a
// read allocates nothing.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "json/node.hpp"

namespace sluice::json {

struct Limits {
  std::size_t depth = 32;          // arrays and objects inside each other
  std::size_t members = 1000;      // of one object, and elements of one array
  std::size_t string = 64 * 1024;  // bytes of one string, decoded, and of a number of many digits
};

struct Fault {
  enum class Kind : std::uint8_t { malformed, duplicate, limit };
  Kind kind;
  const char* message;  // a literal: "a string is not closed"
  std::size_t offset;   // in the text, in bytes
};

class Document {
 public:
  Document() = default;
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;

  std::optional<Fault> read(std::string_view text, const Limits& limits);
  // Only takes the copy, for a Reader. False: it is too long.
  bool take(std::string_view text, const Limits& limits);
  const Node& root() const noexcept { return nodes_[0]; }
  std::size_t nodes() const noexcept { return root().next() - &root(); }

  // Gives back what an unusually large text has needed.
  void trim() noexcept;

 private:
  friend class Reader;
  void make_room(std::size_t text);

  std::size_t capacity_ = 0;  // bytes of text that there is room for
  std::unique_ptr<char[]> text_;
  std::unique_ptr<Node[]> nodes_;
  std::vector<const Node*> names_;  // for telling whether many names are distinct
};

}  // namespace sluice::json
