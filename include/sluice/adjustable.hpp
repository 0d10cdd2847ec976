// What may be seen and changed of a limit while it is in force: the admin endpoint's door to a filter. A
// filter that has one leaves it with FilterContext::adjustables.
//
//   auto looking = limit->look(worker, "client.ip=192.0.2.1");       // on a worker's thread
//   auto fault = limit->adjust({"rate", "20/s"});                    // any thread
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/store.hpp"

namespace sluice {

// The buckets of one key.
struct LimitView {
  std::string key;  // as the filter spells it
  std::vector<RateLimit> limits;
  Grant grant;  // what the next request would be told
};

class Adjustable {
 public:
  struct Setting {
    std::string name, value;
    bool operator==(const Setting&) const = default;
  };

  virtual ~Adjustable() = default;

  // The name of the policy, or of an inline filter ("route/kind").
  virtual std::string_view name() const noexcept = 0;

  // Changes a setting from now on, also for the filters of later configurations, until one of them has
  // another value of its own. What is wrong with it, for people; empty: it was changed.
  virtual std::string adjust(const Setting& setting) = 0;
  // What adjust() changed and no configuration took back.
  virtual std::vector<Setting> adjusted() const = 0;

  // ---- buckets; a filter without any knows no key. Both end with Error::malformed where `key` is none.
  virtual Eventual<Result<LimitView>> look(Worker& worker, std::string key) = 0;
  virtual Eventual<Result<Unit>> reset(Worker& worker, std::string key) = 0;
};

}  // namespace sluice
