// The parameters of a query, as routing and keys look at them: key=value pairs between '&', decoded one by
// one.
//
//   QueryCursor cursor(request.query, arena);
//   while (auto parameter = cursor.next()) if (parameter->key == "page") ...
#pragma once
#include <optional>
#include <string_view>

#include "sluice/arena.hpp"

namespace sluice::http {

struct QueryParameter {
  std::string_view key, value;  // percent-decoded, '+' is a space; a broken escape stands for itself
};

class QueryCursor {
 public:
  QueryCursor(std::string_view query, Arena& arena) noexcept : left_(query), arena_(arena) {}

  std::optional<QueryParameter> next();

 private:
  std::string_view left_;
  Arena& arena_;
};

// The text itself where nothing is encoded in it, else a copy in the arena.
std::string_view decode_query(std::string_view text, Arena& arena);

}  // namespace sluice::http
