// The parameters of a query, as forms write them: key=value between '&', '+' for a space.
//
//   QueryPairs pairs(request.query, arena);
//   while (auto pair = pairs.next()) use(pair->name, pair->value);
#pragma once
#include <optional>
#include <string_view>

#include "sluice/arena.hpp"

namespace sluice::filters::validate {

struct QueryPair {
  std::string_view name, value;  // decoded; a broken escape stands for itself
};

class QueryPairs {
 public:
  QueryPairs(std::string_view query, Arena& arena) noexcept : left_(query), arena_(arena) {}

  std::optional<QueryPair> next();

 private:
  std::string_view decode(std::string_view text);

  std::string_view left_;
  Arena& arena_;
};

}  // namespace sluice::filters::validate
