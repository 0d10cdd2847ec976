// What a token costs: the first time, by what it is signed with, and from then on, when it is remembered.
#include <benchmark/benchmark.h>

#include <string>

#include "../../tests/filters/jwt/issuer.hpp"
#include "filter_bench.hpp"
#include "filters/jwt/jwt.hpp"

namespace sluice::filters::jwt {
namespace {

using testing::hmac_token;
using testing::issuer;
using enum Algorithm;

const std::string secret(64, 's');
const std::string claims =
    R"({"iss":"https://idp.example.com/realms/main","aud":["api","account"],"sub":"f8a1c3de-4b7e-4f5e-9c76-0a3d52c1b7aa",)"
    R"("exp":4102444800,"iat":1700000000,"jti":"0b9c5a5e-0d0e-4a55-9a67-0c9a5f6f0a10","azp":"web",)"
    R"("scope":"openid profile users:read users:write","realm_access":{"roles":["user","editor"]},)"
    R"("preferred_username":"ann","email":"ann@example.com"})";

Settings settings(bool remembers) {
  Settings all;
  all.issuer = "https://idp.example.com/realms/main";
  all.audience = {"api"};
  all.role_claim = "realm_access.roles";
  all.forward_claims = {{"sub", "X-User-ID"}, {"realm_access.roles", "X-User-Roles"}};
  all.keys.push_back({"HS256", hs256, secret, {}, {}});
  for (auto [kid, type] : {std::pair{"RS256", "RSA"}, {"ES256", "P-256"}, {"EdDSA", "ED25519"}})
    all.keys.push_back({kid, {}, {}, {}, issuer(type).pem()});
  if (!remembers) all.cache.reset();
  return all;
}

bool passes(bench::FilterBench& filter, const std::string& authorization) {
  bench::FilterBench::Asking asking(filter);
  asking.x.request.fields.add(FieldId::authorization, "Authorization", authorization);
  bool good = asking.pass() == Verdict::proceed;
  asking.x.end({200, 0, true, {}, {}});
  return good;
}

std::string bearer(Algorithm algorithm) {
  auto name = std::string(name_of(algorithm));
  auto header = R"({"alg":")" + name + R"(","typ":"JWT","kid":")" + name + "\"}";
  auto* type = algorithm == rs256 ? "RSA" : algorithm == es256 ? "P-256" : "ED25519";
  return "Bearer " + (algorithm == hs256 ? hmac_token(hs256, secret, header, claims)
                                         : issuer(type).token(algorithm, header, claims));
}

void run(benchmark::State& state, Algorithm algorithm, bool remembers) {
  auto s = settings(remembers);
  bench::FilterBench filter(jwt_filter(), &s);
  auto authorization = bearer(algorithm);
  for (auto _ : state)
    if (!passes(filter, authorization)) state.SkipWithError("refused");
}

void jwt_first(benchmark::State& state, Algorithm algorithm) {
  run(state, algorithm, false);
}
void jwt_again(benchmark::State& state, Algorithm algorithm) {
  run(state, algorithm, true);
}
BENCHMARK_CAPTURE(jwt_first, RS256, rs256);
BENCHMARK_CAPTURE(jwt_first, ES256, es256);
BENCHMARK_CAPTURE(jwt_first, EdDSA, eddsa);
BENCHMARK_CAPTURE(jwt_first, HS256, hs256);
BENCHMARK_CAPTURE(jwt_again, RS256, rs256);
BENCHMARK_CAPTURE(jwt_again, HS256, hs256);

// A bad one is judged anew each time.
void jwt_refused(benchmark::State& state) {
  auto s = settings(true);
  bench::FilterBench filter(jwt_filter(), &s);
  auto authorization = bearer(rs256);
  auto& c = authorization[authorization.size() - 20];
  c = c == 'A' ? 'B' : 'A';
  for (auto _ : state)
    if (passes(filter, authorization)) state.SkipWithError("accepted");
}
BENCHMARK(jwt_refused);

// What the benchmark itself costs: an exchange with its fields and nothing that looks at it.
void jwt_nothing(benchmark::State& state) {
  auto s = settings(true);
  bench::FilterBench filter(jwt_filter(), &s);
  auto authorization = bearer(rs256);
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    asking.x.request.fields.add(FieldId::authorization, "Authorization", authorization);
    asking.x.end({200, 0, true, {}, {}});
  }
}
BENCHMARK(jwt_nothing);

}  // namespace
}  // namespace sluice::filters::jwt
