// Reads a text into a document's nodes, one value after the other. What document.cpp does in one call.
#pragma once
#include <functional>
#include <optional>

#include "json/document.hpp"

namespace sluice::json {

// Between two values. It is handed on and given back in two registers, so that reading keeps nothing in
// memory but its nodes.
struct Place {
  const char* at;  // the next byte; null: a fault
  Node* to;        // the next node
};

class Reader {
 public:
  // The text stands in the document already, `size` bytes with padding behind it.
  Reader(Document& document, std::size_t size, const Limits& limits) noexcept;

  std::optional<Fault> read();

  // For who goes through a text on his own, and wants nodes of some of its values only. The text's first byte
  // and its end; any value at p.at with its nodes from p.to on; whether the text from `at` on is still as it
  // came, or a string in it was decoded where it stands.
  const char* begin() const noexcept { return begin_; }
  const char* end() const noexcept { return end_; }
  Node* nodes() const noexcept { return document_.nodes_.get(); }
  Place any_value(Place p, std::size_t depth);
  bool is_as_it_came(const char* at) const noexcept { return std::less<>()(changed_, at); }

 private:
  using At = const char*;
  // Each reads what it is named after from p.at on, into p.to and the nodes behind it, and gives the place
  // behind it.
  Place other_value(Place p, std::size_t depth);
  Place literal(Place p, std::string_view word, Node what);
  Place string_slowly(Place p, At begin, bool is_name);
  bool escape(At& at, char*& to);
  Place number(Place p);
  Place any_number(Place p);
  Place number_slowly(Place p, At at);
  Place array(Place p, std::size_t depth);
  Place object(Place p, std::size_t depth);
  // The same in line: they move both themselves, and say whether all was well.
  bool value(At& at, Node*& to, std::size_t depth);
  bool string(At& at, Node*& to, bool is_name);
  bool name(At& at, Node*& to, const Node& object, std::uint32_t count, std::uint64_t& seen);
  bool is_new(const Node& object, const Node& name) const noexcept;
  bool all_distinct(const Node& object);

  Place fail(At at, const char* message, Fault::Kind kind = Fault::Kind::malformed) noexcept;
  Place too_deep(At at) noexcept;
  Place too_many(At at) noexcept;

  Document& document_;
  const Limits limits_;
  char* begin_;
  char* end_;
  At changed_ = nullptr;  // the last escape that was decoded
  Fault fault_{};
};

}  // namespace sluice::json
