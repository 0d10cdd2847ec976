#include "proxy/method_set.hpp"

#include <algorithm>
#include <array>

namespace sluice::proxy {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 9> names = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH"};

}  // namespace

Method method_of(std::string_view name) noexcept {
  return static_cast<Method>(std::ranges::find(names, name) - names.begin());
}

void MethodSet::add(std::string_view name) {
  auto method = method_of(name);
  if (method == Method::other) {
    if (!has_other(name)) others_.emplace_back(name);
    return;
  }
  known_ |= bit(method);
  if (method == Method::get) known_ |= bit(Method::head);
}

void MethodSet::add(const MethodSet& other) {
  known_ |= other.known_;
  for (auto& name : other.others_) add(name);
}

bool MethodSet::has_other(std::string_view text) const noexcept {
  return std::ranges::find(others_, text) != others_.end();
}

std::string MethodSet::text() const {
  std::string all;
  auto append = [&all](std::string_view name) {
    if (!all.empty()) all += ", ";
    all += name;
  };
  for (std::size_t i = 0; i < names.size(); ++i)
    if (known_ & bit(static_cast<Method>(i))) append(names[i]);
  for (auto& name : others_) append(name);
  return all;
}

}  // namespace sluice::proxy
