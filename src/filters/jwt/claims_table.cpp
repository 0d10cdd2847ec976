#include "filters/jwt/claims_table.hpp"

#include <iterator>

namespace sluice::filters::jwt {
namespace {

using json::Kind;
using json::Node;

class Table {
 public:
  bool members(const Node& object, bool outermost) {
    auto own = path_.size();
    for (auto* name = object.first(); name != object.end(); name = name[1].next()) {
      if (!outermost) path_ += '.';
      path_ += name->text();
      top_ = outermost;
      if (!value(name[1])) return false;
      path_.resize(own);
    }
    return true;
  }

  // The members of the outermost object go before what is nested under the same path.
  Claims take() {
    std::ranges::move(nested_, std::back_inserter(outer_));
    return Claims(std::move(outer_));
  }

 private:
  bool value(const Node& node) {
    switch (node.kind) {
      case Kind::null:
        return true;
      case Kind::boolean:
        return put(node.flag ? "true" : "false");
      case Kind::string:
        return put(std::string(node.text()));
      case Kind::array:
        return elements(node);
      case Kind::object:
        return members(node, false);
      default:
        return put(text_of_number(node));
    }
  }
  bool elements(const Node& array) {
    bool top = top_;
    for (auto* e = array.first(); e != array.end(); e = e->next()) {
      top_ = top;
      if (!value(*e)) return false;
    }
    return true;
  }
  bool put(std::string text) {
    size_ += path_.size() + text.size();
    if (outer_.size() + nested_.size() == max_claims || size_ > max_claims_text) return false;
    (top_ ? outer_ : nested_).push_back({path_, std::move(text)});
    return true;
  }

  std::vector<Claims::Claim> outer_, nested_;
  std::string path_;
  std::size_t size_ = 0;
  bool top_ = true;
};

std::string text_of_decimal(const Node& number) {
  auto text = std::to_string(number.mantissa);
  auto exponent = number.exponent();
  if (exponent > 0 || exponent < -18) return text + 'e' + std::to_string(exponent);
  auto digits = static_cast<std::size_t>(number.mantissa < 0 ? text.size() - 1 : text.size());
  auto fraction = static_cast<std::size_t>(-exponent);
  if (digits <= fraction) text.insert(text.size() - digits, fraction - digits + 1, '0');
  text.insert(text.size() - fraction, 1, '.');
  return text;
}

}  // namespace

std::string text_of_number(const Node& number) {
  if (number.is(Kind::integer)) return std::to_string(number.mantissa);
  if (number.is(Kind::decimal)) return text_of_decimal(number);
  return std::string(number.text());
}

std::optional<Claims> flatten(const Node& object) {
  Table table;
  if (!table.members(object, true)) return std::nullopt;
  return table.take();
}

}  // namespace sluice::filters::jwt
