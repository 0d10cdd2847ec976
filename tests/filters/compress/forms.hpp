// What a cache keeps beside a stored response, as memory alone.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "sluice/stored_forms.hpp"

namespace sluice::filters::compress {

class Forms final : public StoredForms {
 public:
  std::shared_ptr<const std::string> form(std::string_view name) const override {
    auto found = forms_.find(name);
    return found == forms_.end() ? nullptr : found->second;
  }
  void keep(std::string_view name, std::shared_ptr<const std::string> bytes) const override {
    forms_.try_emplace(std::string(name), std::move(bytes));
  }
  std::size_t size() const noexcept { return forms_.size(); }

 private:
  mutable std::map<std::string, std::shared_ptr<const std::string>, std::less<>> forms_;
};

}  // namespace sluice::filters::compress
