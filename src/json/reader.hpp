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
  // Each stands at the first byte of what it is named after and gives the place behind it; null is a fault.
  using At = const char*;
  At value(At at, std::size_t depth);
  At other_value(At at, std::size_t depth);
  At literal(At at, std::string_view word, Node what);
  At string(At at, Node& to);
  At string_slowly(At begin, char* at, Node& to);
  bool escape(At& at, char*& to);
  At number(At at);
  At number_slowly(At begin, At at);
  At array(At at, std::size_t depth);
  At object(At at, std::size_t depth);
  At name(At at, const Node& object, std::uint32_t count, std::uint64_t& seen);
  bool is_new(const Node& object, const Node& name) const noexcept;
  bool all_distinct(const Node& object);

  At fail(At at, const char* message, Fault::Kind kind = Fault::Kind::malformed) noexcept;
  At too_deep(At at) noexcept;
  At too_many(At at) noexcept;

  Document& document_;
  const Limits& limits_;
  char* begin_;
  char* end_;
  Node* to_;  // the next node
  Fault fault_{};
};

}  // namespace sluice::json
