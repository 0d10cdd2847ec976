// The limits of a policy as they are at the moment: what the file says, and what was changed at run time
// since. Outlives configurations; a change ends when the file itself has another value in its place.
//
//   auto limits = keepsakes.keep<LimitsInForce>(name, ...);
//   limits->follow(generation, settings);                   // whoever serves a request by these settings
//   std::string fault = limits->adjust({"rate", "20/s"});   // any thread
//   for (auto& limit : limits->get(worker)) ...             // until the worker's next get()
//
// A configuration that was refused never serves a request, so it changes nothing here.
#pragma once
#include <atomic>
#include <mutex>

#include "filters/rate_limit/settings.hpp"
#include "sluice/adjustable.hpp"
#include "sluice/published.hpp"

namespace sluice::filters::rate_limit {

class LimitsInForce {
 public:
  explicit LimitsInForce(unsigned workers) : published_(workers) {}

  // Whether they are news; cheap where these settings, or later ones, are known already. Settings that were
  // made later have the higher generation.
  bool follow(std::uint64_t generation, const Settings& settings) {
    if (generation <= followed_.load(std::memory_order_acquire)) [[likely]]
      return false;
    configure(generation, settings);
    return true;
  }
  // `rate` and `burst` of a policy that has one limit; what is wrong with it otherwise.
  std::string adjust(const Adjustable::Setting& setting);
  std::vector<Adjustable::Setting> adjusted() const;

  std::span<const RateLimit> get(const Worker& worker) const { return *published_.get(worker); }
  std::vector<RateLimit> latest() const { return *published_.latest(); }

 private:
  struct One {
    std::optional<Rate> rate;
    std::optional<std::uint64_t> burst;
  };
  void configure(std::uint64_t generation, const Settings& settings);
  static One only_of(const Settings& settings);
  std::string change(One changed);
  std::vector<RateLimit> now(const One& changed) const;

  std::atomic<std::uint64_t> followed_{0};
  mutable std::mutex mutex_;
  Settings configured_;
  One file_;     // where the policy has one limit
  One changed_;  // what stands in its place
  Published<std::vector<RateLimit>> published_;
};

}  // namespace sluice::filters::rate_limit
