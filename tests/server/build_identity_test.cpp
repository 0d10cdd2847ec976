// What becomes of a route's `identity` and `require`, with the filters that there are.
#include <gmock/gmock.h>

#include "pipeline/any_identity.hpp"
#include "server/build.hpp"
#include "server/explain.hpp"
#include "server/filters.hpp"
#include "server/support/text_config.hpp"

namespace sluice::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string text = R"(
version: 1
listeners: { public: { bind: "127.0.0.1:0" } }
policies:
  keys: { api_key: { from: [{ query: key }, { query: token }], keys: { a: ")" +
                         std::string(64, 'a') + R"(" } } }
  more: { api_key: { keys: { b: ")" +
                         std::string(64, 'b') + R"(" } } }
  near: { ip: { allow: [10.0.0.0/8] } }
routes:
  any:
    match: /any
    use: [keys, near, more]
    identity: any
    filters: { client_cert: { mode: shadow } }
    require: { scopes: [x] }
    respond: {}
  all: { match: /all, use: [keys, more], require: { roles: [y], mode: shadow }, respond: {} }
)";

struct BuildIdentity : ::testing::Test {
  telemetry::Metrics metrics{1};
  upstream::Registry endpoints{metrics, 1, [](auto) {}};
  Registries registries{metrics, endpoints, filter_kinds()};
  std::shared_ptr<const config::Config> config = testing::config_of(text, filter_schemas());
  std::shared_ptr<const Snapshot> snapshot = build_routing(*config, registries);

  const pipeline::FilterChain& chain(std::string_view name) const {
    for (auto& r : snapshot->routes)
      if (r.name == name) return r.chain;
    throw std::out_of_range(std::string(name));
  }
  static std::vector<std::string> names(const pipeline::FilterChain& chain) {
    std::vector<std::string> all;
    for (auto& s : chain.steps()) all.push_back(s.name);
    return all;
  }
};

TEST_F(BuildIdentity, AnyIsOneStepOfAllThatIdentify) {
  ASSERT_THAT(names(chain("any")), ElementsAre("near", "any/identity", "any/require"));
  auto& step = chain("any").steps()[1];
  EXPECT_EQ(step.phase, Phase::identity);
  EXPECT_EQ(step.on_error, OnError::refuse);
  EXPECT_EQ(*step.mode, Mode::enforce);
  auto* any = dynamic_cast<const pipeline::AnyIdentity*>(step.filter.get());
  ASSERT_TRUE(any);
  std::vector<std::string> alternatives;
  for (auto& a : any->alternatives()) alternatives.push_back(a.steps().front().name);
  EXPECT_THAT(alternatives, ElementsAre("keys", "more", "any/client_cert"));
  EXPECT_EQ(*any->alternatives()[2].steps().front().mode, Mode::shadow);
}

TEST_F(BuildIdentity, AllIsAStepForEach) {
  EXPECT_THAT(names(chain("all")), ElementsAre("keys", "more", "all/require"));
  EXPECT_EQ(*chain("all").steps()[2].mode, Mode::shadow);
}

TEST_F(BuildIdentity, TheSnapshotKnowsWhichParametersAreSecret) {
  EXPECT_THAT(snapshot->secret_parameters, ElementsAre("key", "token"));
}

TEST_F(BuildIdentity, AnExplanationShowsTheChoiceAndNoCredential) {
  auto said = explain(*config, filter_kinds(), {"GET", "http://a/any?key=hidden&t%6fken=hidden&page=2", {}});
  ASSERT_TRUE(said) << said.failure();
  EXPECT_THAT(*said, HasSubstr("filter    identity: any/identity, any of these\n"
                               "filter    identity: keys (api_key), enforce, from use\n"
                               "filter    identity: more (api_key), enforce, from use\n"
                               "filter    identity: any/client_cert (client_cert), shadow, from filters\n"));
  EXPECT_THAT(*said, HasSubstr("GET http://a/any?key=***&t%6fken=***&page=2"));
  EXPECT_THAT(*said, Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace sluice::server
