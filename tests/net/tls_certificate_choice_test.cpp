#include "net/tls/certificate_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::net {
namespace {

using testing::ElementsAre;
using Candidate = CertificateChoice::Candidate;

constexpr int rsa = 6, ec = 408;

CertificateChoice::Group chosen(const std::vector<Candidate>& candidates, std::string_view name) {
  CertificateChoice choice(candidates);
  return choice.groups()[choice.find(name)];
}

TEST(CertificateChoice, PrefersExactOverWildcardOverTheFirst) {
  std::vector<Candidate> all{{{"first.example"}, ec}, {{"*.example.com"}, ec}, {{"www.example.com"}, ec}};
  EXPECT_THAT(chosen(all, "www.example.com"), ElementsAre(2));
  EXPECT_THAT(chosen(all, "api.example.com"), ElementsAre(1));
  EXPECT_THAT(chosen(all, "first.example"), ElementsAre(0));
  for (auto* name : {"", "other.example", "example.com", "a.b.example.com", ".example.com", "com",
                     "*.example.com", "x.first.example"})
    EXPECT_THAT(chosen(all, name),
                name == std::string_view("*.example.com") ? ElementsAre(1) : ElementsAre(0))
        << name;
}

TEST(CertificateChoice, SetsDifferentKindsOfKeysSideBySide) {
  std::vector<Candidate> all{{{"a.example", "b.example"}, rsa},
                             {{"c.example"}, rsa},
                             {{"b.example", "c.example"}, ec},
                             {{"b.example"}, ec}};
  EXPECT_THAT(chosen(all, "a.example"), ElementsAre(0));
  EXPECT_THAT(chosen(all, "b.example"), ElementsAre(0, 2));
  EXPECT_THAT(chosen(all, "c.example"), ElementsAre(1, 2));
}

TEST(CertificateChoice, TheDefaultHasAllKindsOfTheFirstName) {
  EXPECT_THAT(chosen({{{"a.example"}, rsa}, {{"a.example"}, ec}}, "unknown"), ElementsAre(0, 1));
  EXPECT_THAT(chosen({{{}, rsa}, {{"a.example"}, ec}}, "unknown"), ElementsAre(0));
}

TEST(CertificateChoice, SharesAGroupBetweenNames) {
  CertificateChoice choice(std::vector<Candidate>{{{"a.example", "*.a.example", "b.example"}, ec}});
  EXPECT_EQ(choice.groups().size(), 1u);
}

TEST(CertificateChoice, IgnoresWildcardsThatNameTooMuch) {
  std::vector<Candidate> all{{{"a.example"}, ec}, {{"*", "*.*.example", "w*.example", "*."}, ec}};
  for (auto* name : {"x", "x.y.example", "www.example", "x."}) EXPECT_THAT(chosen(all, name), ElementsAre(0));
}

}  // namespace
}  // namespace sluice::net
