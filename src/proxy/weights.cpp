#include "proxy/weights.hpp"

#include <ranges>

namespace sluice::proxy {
namespace {

std::shared_ptr<const std::vector<std::uint32_t>> in_order(const Weights::Table& table) {
  auto values = std::views::values(table);
  return std::make_shared<const std::vector<std::uint32_t>>(values.begin(), values.end());
}

}  // namespace

Weights::Weights(Table configured, unsigned workers) : configured_(std::move(configured)), now_(workers) {
  now_.set(in_order(configured_));
}

Weights::Table Weights::exchange(const Table& next) {
  std::lock_guard lock(changing_);
  auto before = standing();
  now_.set(in_order(next));
  return before;
}

Weights::Table Weights::standing() const {
  auto values = now_.latest();
  auto table = configured_;
  std::ranges::copy(*values, std::views::values(table).begin());
  return table;
}

}  // namespace sluice::proxy
