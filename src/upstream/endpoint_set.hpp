// EndpointSet: the endpoints of an upstream at one time, with their weights. Immutable, shared by the
// workers, replaced as a whole when discovery finds others.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "upstream/endpoint.hpp"

namespace sluice::upstream {

class EndpointSet {
 public:
  struct Member {
    std::shared_ptr<Endpoint> endpoint;
    std::uint32_t weight;
  };

  EndpointSet() = default;
  explicit EndpointSet(std::vector<Member> members);

  const std::vector<Member>& members() const noexcept { return members_; }
  std::size_t size() const noexcept { return members_.size(); }
  std::uint64_t total_weight() const noexcept { return sums_.empty() ? 0 : sums_.back(); }
  // Whose share of the total weight the point lies in; point < total_weight().
  std::size_t at_weight(std::uint64_t point) const noexcept;

 private:
  std::vector<Member> members_;
  std::vector<std::uint64_t> sums_;  // of the weights up to and with each member
};

}  // namespace sluice::upstream
