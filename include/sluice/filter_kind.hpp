// A kind of filter, as the gateway's table of filters has it: its settings' schema, its place in the chain
// and how one is made.
//
//   class Greeting final : public Filter {
//    public:
//     using Settings = GreetingSettings;
//     static Phase phase(const Settings&) noexcept { return Phase::edge; }
//     Greeting(const Settings& settings, FilterContext& context);
//     ...
//   };
//   FilterKind kind = filter_kind<Greeting>("greeting", {.decides = true});
//
// What can be wrong with settings is told by the schema's checks, which know line and column. What only the
// making finds out (a file that cannot be read) goes to FilterContext::errors, and the configuration is
// refused.
#pragma once
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "sluice/adjustable.hpp"
#include "sluice/background.hpp"
#include "sluice/config.hpp"
#include "sluice/filter.hpp"
#include "sluice/metrics.hpp"
#include "sluice/store.hpp"

namespace sluice {

// State that outlives a configuration: a filter of the next one finds what its predecessor kept, by a name
// that says what the thing is (a key set's URL, a policy's name). Kept as long as anybody holds it. The
// control thread alone calls it.
class Keepsakes {
 public:
  // make() gives the shared_ptr<T> where there is none yet.
  template <class T, class Make>
  std::shared_ptr<T> keep(std::string_view name, Make make) {
    auto& kept = kept_[{std::type_index(typeid(T)), std::string(name)}];
    if (auto there = kept.lock()) return std::static_pointer_cast<T>(there);
    std::shared_ptr<T> made = make();
    kept = made;
    return made;
  }

 private:
  std::map<std::pair<std::type_index, std::string>, std::weak_ptr<void>> kept_;
};

// What the gateway has to know of filters once they are made.
struct FilterFindings {
  std::set<std::string, std::less<>> secret_parameters;  // of a query: their values are never shown
  std::vector<std::filesystem::path> files;              // that were read: `--watch` looks at them too
};

// What a filter is made with. Meter and keepsakes live longer than any filter; the rest is for the making.
struct FilterContext {
  std::string_view name;  // the policy's, or "route/kind" of a filter that one route has
  unsigned workers;
  Meter& meter;
  Keepsakes& keepsakes;
  std::vector<std::shared_ptr<Background>>& background;  // what the filter needs run
  std::vector<std::string>& errors;
  FilterFindings* findings = nullptr;                               // null: nobody asks
  const Stores* stores = nullptr;                                   // null: there are none
  std::vector<std::shared_ptr<Adjustable>>* adjustables = nullptr;  // what may be changed of it while it runs
  std::shared_ptr<const std::atomic<Mode>> mode = nullptr;  // that it runs in: to count what shadow lets pass

  // A credential may stand in that parameter of a query: logs and explanations mask it.
  void mask(std::string_view parameter) {
    if (findings) findings->secret_parameters.emplace(parameter);
  }
  void watch(const std::filesystem::path& file) {
    if (findings) findings->files.push_back(file);
  }
};

struct FilterKind {
  FilterSchema schema;
  Phase (*phase)(const void* settings);
  std::shared_ptr<const Filter> (*make)(const void* settings, FilterContext& context);
};

template <class F>
FilterKind filter_kind(std::string_view name, FilterTraits traits = {}) {
  using Settings = typename F::Settings;
  auto schema = filter_schema<Settings>(name, traits);
  schema.identifies = [](const void* settings) {
    return F::phase(*static_cast<const Settings*>(settings)) == Phase::identity;
  };
  return {schema, [](const void* settings) { return F::phase(*static_cast<const Settings*>(settings)); },
          [](const void* settings, FilterContext& context) -> std::shared_ptr<const Filter> {
            return std::make_shared<const F>(*static_cast<const Settings*>(settings), context);
          }};
}

}  // namespace sluice
