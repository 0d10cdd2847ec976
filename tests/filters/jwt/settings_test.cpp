#include "filters/jwt/settings.hpp"

#include <gmock/gmock.h>

#include "filters/jwt/issuer.hpp"

using namespace sluice;
using namespace sluice::filters::jwt;
using namespace std::chrono_literals;
using sluice::filters::jwt::testing::issuer;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

struct Heard : Faults {
  std::vector<std::string> all;
  void add(std::string_view key, std::string message) override {
    all.push_back(std::string(key) + ": " + message);
  }
};

template <class T>
std::vector<std::string> faults_of(const T& settings) {
  Heard heard;
  for (auto& check : T::schema().checks) check(&settings, heard);
  return heard.all;
}

Settings sound() {
  Settings settings;
  settings.keys = {{.kid = "a", .secret = std::string(32, 's')}};
  return settings;
}

}  // namespace

TEST(JwtSettings, AreSoundWithAKeyOrAKeySet) {
  EXPECT_THAT(faults_of(sound()), IsEmpty());
  Settings with_set;
  with_set.jwks = JwksSettings{.url = "https://idp.example/jwks"};
  EXPECT_THAT(faults_of(with_set), IsEmpty());
  EXPECT_THAT(faults_of(Settings()), Contains(": expected 'keys' or 'jwks'"));
}

TEST(JwtSettings, KeysAreOfTheListedAlgorithmsAndHaveTheirOwnNames) {
  auto settings = sound();
  settings.keys[0].alg = Algorithm::hs256;
  settings.algorithms = {Algorithm::rs256};
  EXPECT_THAT(faults_of(settings), Contains("keys: its 'alg' HS256 is not among the 'algorithms'"));
  settings = sound();
  settings.keys.push_back(settings.keys[0]);
  EXPECT_THAT(faults_of(settings), Contains("keys: two keys have the kid 'a'"));
}

TEST(JwtSettings, ASecretThatIsTooShortOrPublicIsToldAtItsPlace) {
  EXPECT_THAT(faults_of(InlineKey{.secret = "short"}),
              Contains(HasSubstr("secret: a secret for HS256 has at least")));
  EXPECT_THAT(faults_of(InlineKey{.secret = issuer("RSA").pem()}),
              Contains(HasSubstr("secret: a public key is no secret")));
  EXPECT_THAT(faults_of(InlineKey{.public_key = issuer("RSA-1024").pem()}),
              Contains(HasSubstr("public_key: an RSA key has 2048")));
  EXPECT_THAT(faults_of(InlineKey{.secret_base64 = "-"}), Contains(HasSubstr("secret_base64: ")));
  EXPECT_THAT(faults_of(InlineKey{.secret = std::string(32, 's')}), IsEmpty());
}

TEST(JwtSettings, AKeySetHasOnePlaceAndThatIsSafe) {
  EXPECT_THAT(faults_of(JwksSettings{}),
              Contains(HasSubstr("exactly one of 'url', 'file' and 'discover: true'")));
  EXPECT_THAT(faults_of(JwksSettings{.url = "https://a/", .discover = true}),
              Contains(HasSubstr("exactly one of")));
  EXPECT_THAT(faults_of(JwksSettings{.url = "http://a/"}),
              Contains(HasSubstr("url: expected an https:// URL")));
  EXPECT_THAT(faults_of(JwksSettings{.url = "http://a/", .insecure = true}), IsEmpty());
  EXPECT_THAT(faults_of(JwksSettings{.url = "file:///etc/passwd", .insecure = true}),
              Contains(HasSubstr("url: ")));
  EXPECT_THAT(faults_of(JwksSettings{.file = "a", .insecure = true}),
              Contains("insecure: means nothing with 'file'"));
  EXPECT_THAT(faults_of(JwksSettings{.file = "a", .ca = "b"}), Contains("ca: means nothing with 'file'"));
  EXPECT_THAT(faults_of(JwksSettings{.url = "https://a/", .refresh = 2h, .max_stale = 1h}),
              Contains("max_stale: is shorter than 'refresh'"));
}

TEST(JwtSettings, DiscoveryNeedsAnIssuer) {
  Settings settings;
  settings.jwks = JwksSettings{.discover = true};
  EXPECT_THAT(faults_of(settings), Contains("jwks: 'discover' needs an 'issuer'"));
  settings.issuer = "idp";
  EXPECT_THAT(faults_of(settings), Contains(HasSubstr("issuer: expected an https:// URL")));
  settings.issuer = "https://idp.example/";
  EXPECT_THAT(faults_of(settings), IsEmpty());
}

TEST(JwtSettings, TheRealmFitsIntoItsQuotes) {
  auto settings = sound();
  for (auto realm : {"", "a\"b", "a\\b", "a\r\nb", "\xc3\xa9"}) {
    settings.realm = realm;
    EXPECT_THAT(faults_of(settings), Contains(HasSubstr("realm: "))) << realm;
  }
}

TEST(JwtSettings, FieldsForClaimsAreFieldsAndDistinct) {
  auto settings = sound();
  settings.forward_claims = {{"sub", "X-User-ID"}, {"email", "x_user_id"}};
  EXPECT_THAT(faults_of(settings), Contains(HasSubstr("two claims go into the field")));
  settings.forward_claims = {{"sub", "Content-Length"}};
  EXPECT_THAT(faults_of(settings),
              Contains("forward_claims: the field 'Content-Length' is the gateway's own"));
  settings.forward_claims = {{"", "X-User-ID"}};
  EXPECT_THAT(faults_of(settings), Contains(HasSubstr("expected a claim's path")));
}

TEST(JwtSettings, ThereIsAPlaceAndItHasAName) {
  auto settings = sound();
  settings.from.clear();
  EXPECT_THAT(faults_of(settings), Contains("from: expected at least one place"));
  EXPECT_THAT(faults_of(Place{.cookie = "a;b"}), Contains("cookie: expected a cookie's name"));
  EXPECT_THAT(faults_of(Place{.query = ""}), Contains("query: expected a parameter's name"));
}
