#include "sluice/value_of.hpp"

namespace sluice {

std::string_view value_of(const Variable&, Exchange&) {
  return {};
}

std::string_view text_of(const FieldTemplate&, Exchange&) {
  return {};
}

}  // namespace sluice
