// Reads a text into a document's nodes, one value after the other. What document.cpp does in one call.
#pragma once
#include <optional>

#include "json/document.hpp"

namespace sluice::json {

class Reader {
 public:
  // The text stands in the document already, `size` bytes with padding behind it.
  Reader(Document& document, std::size_t size, const Limits& limits) noexcept;

  std::optional<Fault> read();

 private:
  // Each stands at the first byte of what it is named after, and false is a fault.
  bool value(std::size_t depth);
  bool literal(std::string_view word, Node what);
  bool string(Node& to);
  bool string_slowly(Node& to, char* at);
  bool escape(const char*& at, char*& to);
  bool hex4(const char* at, std::uint32_t& code);
  bool number();
  bool number_slowly(const char* begin, const char* at);
  bool array(std::size_t depth);
  bool object(std::size_t depth);
  bool name(Node& object, std::uint64_t& seen);
  bool is_new(const Node& object, const Node& name) noexcept;
  bool all_distinct(const Node& object);
  bool comma_or(char closing, const char* otherwise, bool& closed);
  bool room_for_another(const Node& container);

  void skip_space() noexcept;
  bool fail(const char* message, Fault::Kind kind = Fault::Kind::malformed) noexcept;
  bool fail_at(const char* at, const char* message, Fault::Kind kind = Fault::Kind::malformed) noexcept;

  Document& document_;
  const Limits& limits_;
  char* begin_;
  char* end_;
  const char* at_;
  Node* to_;  // the next node
  Fault fault_{};
};

}  // namespace sluice::json
