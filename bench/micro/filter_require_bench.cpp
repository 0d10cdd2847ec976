// What it costs to look at a principal's scopes, roles and claims.
#include "filters/require/require.hpp"

#include "filter_bench.hpp"

namespace sluice::filters::require {
namespace {

void require_one_scope(benchmark::State& state) {
  Settings settings;
  settings.scopes = {"users:read"};
  std::vector<std::string> scopes = {"users:write", "users:read"};
  bench::FilterBench filter(require_filter(), &settings);
  bench::FilterBench::Asking asking(filter);
  asking.x.principal.subject = "ann";
  asking.x.principal.scopes = scopes;
  for (auto _ : state) benchmark::DoNotOptimize(asking.pass());
}
BENCHMARK(require_one_scope);

void require_scopes_roles_and_a_claim(benchmark::State& state) {
  Settings settings;
  settings.scopes = {"users:read", "users:write"};
  settings.roles = {"editor"};
  settings.claims = {{"org.tier", {"gold", "silver"}}};
  std::vector<std::string> scopes = {"a", "b", "users:write", "users:read"}, roles = {"viewer", "editor"};
  Claims claims({{"aud", "api"}, {"email", "ann@example.com"}, {"iss", "idp"}, {"org.tier", "silver"}});
  bench::FilterBench filter(require_filter(), &settings);
  bench::FilterBench::Asking asking(filter);
  asking.x.principal.subject = "ann";
  asking.x.principal.scopes = scopes;
  asking.x.principal.roles = roles;
  asking.x.principal.claims = &claims;
  for (auto _ : state) benchmark::DoNotOptimize(asking.pass());
}
BENCHMARK(require_scopes_roles_and_a_claim);

}  // namespace
}  // namespace sluice::filters::require
