// What a limit counts: by route and policy what became of requests, by policy how the store does.
//
//   counts.add(exchange, Counts::Result::refused);
#pragma once
#include <unordered_map>

#include "sluice/filter_kind.hpp"

namespace sluice::filters::rate_limit {

class Counts {
 public:
  enum class Result : std::uint8_t { allowed, refused, shadow_refused };

  explicit Counts(FilterContext& context);

  // A route's series are made when it is first seen on a worker.
  void add(const Exchange& x, Result result) const;

  const Histogram store_latency;
  const Counter store_failures;

 private:
  using Series = std::array<Counter, 3>;
  Series series_of(std::string_view route) const;

  const std::string policy_;
  Meter& meter_;
  mutable WorkerLocal<std::unordered_map<const Route*, Series>> by_route_;
};

}  // namespace sluice::filters::rate_limit
