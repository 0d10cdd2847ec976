// A filter made from its settings as a file has them, and requests for it.
//
//   kit::Policy ip(ip_filter(), "{ allow: [10.0.0.0/8] }");
//   EXPECT_EQ(ip.errors, "");
//   kit::Asking asking(loop);
//   asking.x.client = ...;
//   ip.filter->on_request(asking.x);
#pragma once
#include <map>
#include <string>

#include "config/load.hpp"
#include "config/sample_filters.hpp"
#include "kit/loop.hpp"
#include "sluice/filter_kind.hpp"
#include "telemetry/metrics.hpp"

namespace sluice::kit {

class Policy {
 public:
  // The settings as YAML; `name` is the policy's.
  Policy(const FilterKind& kind, const std::string& settings) {
    auto text = "version: 1\nlisteners: { web: { bind: ':8080' } }\npolicies:\n  p: { " +
                std::string(kind.schema.name) + ": " + settings +
                " }\nroutes: { r: { match: /, respond: { body: x }, use: [p] } }\n";
    config::MemoryFiles files({{"x.yaml", text}});
    auto loaded = config::load("x.yaml", {&kind.schema, 1}, files, config::variables({}));
    for (auto& e : loaded.errors) errors += e.to_string() + '\n';
    if (!loaded.config || !loaded.errors.empty()) return;
    config_ = loaded.config;
    auto& made = config_->policies.at("p").filter();
    FilterContext context{"p", 1, metrics, keepsakes_, background_, problems_};
    filter = kind.make(made.settings.get(), context);
    phase = kind.phase(made.settings.get());
    for (auto& problem : problems_) errors += problem + '\n';
  }
  Policy(const Policy&) = delete;

  telemetry::Metrics metrics{1};
  std::shared_ptr<const Filter> filter;  // null: the settings are wrong
  Phase phase{};
  std::string errors;  // a line each

 private:
  std::shared_ptr<const config::Config> config_;
  Keepsakes keepsakes_;
  std::vector<std::shared_ptr<Background>> background_;
  std::vector<std::string> problems_;
};

// One request, and what filters make of it.
struct Asking {
  explicit Asking(Loop& loop) : x(loop.worker, arena, peer) {}

  Verdict pass(const Policy& policy) { return policy.filter->on_request(x).value(); }
  // An upstream's answer, or none of its own; then the hooks that filters left behind.
  void answer(std::uint16_t status = 200) {
    x.response.status = status;
    auto hooks = x.run_hooks();
    (void)hooks;
  }
  // Every line of that name on the answer, in one text.
  std::string sent(std::string_view name) const { return all(x.response.fields, name); }
  std::string asked(std::string_view name) const { return all(x.request.fields, name); }

  Arena arena;
  Peer peer;
  Exchange x;

 private:
  static std::string all(const Fields& fields, std::string_view name) {
    std::string lines;
    for (auto& f : fields)
      if (std::ranges::equal(f.name, name, [](char a, char b) { return std::tolower(a) == std::tolower(b); }))
        lines.append(lines.empty() ? "" : " | ").append(f.value);
    return lines;
  }
};

}  // namespace sluice::kit
