// JSON Pointers (RFC 6901).
//
//   std::string where;
//   append_token(where, "a/b");                  // "/a~1b"
//   const Node* value = find(document.root(), "/definitions/a~1b/0");
#pragma once
#include <string>
#include <string_view>

#include "json/node.hpp"

namespace sluice::json {

void append_token(std::string& pointer, std::string_view token);

// Takes the first token off a pointer that begins with '/', decoded.
std::string take_token(std::string_view& pointer);

// One step down: a member by its name, an element by its index. Null: nothing there.
const Node* step(const Node& from, std::string_view token) noexcept;

const Node* find(const Node& root, std::string_view pointer);

}  // namespace sluice::json
