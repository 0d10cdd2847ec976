// A set of methods as a route names them. GET includes HEAD; an empty set is every method.
//
//   MethodSet methods;
//   methods.add("GET");
//   if (methods.allows(request.method, request.method_text)) ...
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/http.hpp"

namespace sluice::proxy {

// The method of a name; they are case-sensitive (RFC 9110 §9.1).
Method method_of(std::string_view name) noexcept;

class MethodSet {
 public:
  void add(std::string_view name);
  void add(const MethodSet& other);

  bool empty() const noexcept { return known_ == 0 && others_.empty(); }
  bool allows(Method method, std::string_view text) const noexcept {
    if (empty()) return true;
    return method != Method::other ? (known_ & bit(method)) != 0 : has_other(text);
  }
  // "GET, HEAD, PURGE": the value of an Allow field.
  std::string text() const;

 private:
  static constexpr std::uint16_t bit(Method m) noexcept {
    return static_cast<std::uint16_t>(1u << static_cast<unsigned>(m));
  }
  bool has_other(std::string_view text) const noexcept;

  std::uint16_t known_ = 0;
  std::vector<std::string> others_;
};

}  // namespace sluice::proxy
