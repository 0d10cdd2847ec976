// All that is wrong with a request, as the members of its problem document (RFC 9457):
//
//   "errors":[{"query":"page","detail":"must be at least 1","keyword":"minimum"},
//             {"pointer":"/items/0/sku","detail":"must match '^[A-Z]{3}$'","keyword":"pattern"}]
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "filters/validate/schema/fault.hpp"

namespace sluice::filters::validate {

class Report {
 public:
  Report(std::size_t most, bool shows_values) : left_(most), shows_values_(shows_values) {}

  std::size_t room() const noexcept { return left_; }
  std::size_t count() const noexcept { return count_; }

  // Of a parameter: `place` is "query" or "header".
  void add(std::string_view place, std::string_view name, std::string_view keyword, std::string_view detail);
  void add(std::string_view place, std::string_view name, const SchemaFault& fault);
  // Of the body.
  void add(const SchemaFault& fault);
  void add(std::string_view pointer, std::string_view keyword, std::string_view detail);

  std::string members() const { return "\"errors\":[" + text_ + ']'; }

 private:
  bool open(std::string_view member, std::string_view text);
  void member(std::string_view name, std::string_view text);
  void close(const SchemaFault* fault = nullptr);

  std::size_t left_;
  std::size_t count_ = 0;
  bool shows_values_;
  std::string text_;
};

}  // namespace sluice::filters::validate
