// What a login costs that was right a moment ago, and what its hash costs another thread.
#include "filters/basic_auth/basic_auth.hpp"

#include "filter_bench.hpp"
#include "filters/basic_auth/login.hpp"
#include "filters/basic_auth/password.hpp"
#include "filters/basic_auth/remembered.hpp"

namespace sluice::filters::basic_auth {
namespace {

constexpr auto authorization = "Basic YW5uOm9wZW4gc2VzYW1l";  // ann:open sesame

void basic_auth_remembered(benchmark::State& state) {
  Arena arena;
  Remembered remembered;
  auto* somebody = reinterpret_cast<const Account*>(&arena);
  auto now = Clock::now();
  remembered.add(remembered.tag_of("ann:open sesame"), somebody, now + std::chrono::hours(1));
  for (auto _ : state) {
    arena.reset();
    auto login = parse_login(authorization, arena);
    benchmark::DoNotOptimize(remembered.find(remembered.tag_of(login.both), now));
  }
}
BENCHMARK(basic_auth_remembered);

void bcrypt_of_cost_10(benchmark::State& state) {
  PasswordCheck check;
  std::string hash = "$2b$10$C6UzMDM.H6dfI/f/IKcEeO7ZBpUFyBPBy7bSzNpIqGh2RG9eVOVWe";
  for (auto _ : state) benchmark::DoNotOptimize(check("open sesame", hash));
}
BENCHMARK(bcrypt_of_cost_10)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::filters::basic_auth
