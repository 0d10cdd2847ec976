#include "http/reference.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

struct Reference : ::testing::Test {
  Arena arena;
  Request request{arena};

  Reference() {
    request.scheme = "http";
    request.authority = "api.example";
    request.path = "/a/b";
    request.query = "x=1";
    request.has_query = true;
  }
  std::string of(std::string_view reference) {
    auto target = resolve_in_origin(request, reference);
    if (!target) return "none";
    return std::string(target->path) + (target->has_query ? "?" + std::string(target->query) : "");
  }
};

TEST_F(Reference, IsResolvedInEachForm) {
  EXPECT_EQ(of("/c?d#e"), "/c?d");
  EXPECT_EQ(of("c"), "/a/c");
  EXPECT_EQ(of("../c"), "/c");
  EXPECT_EQ(of("./c/../d"), "/a/d");
  EXPECT_EQ(of("?y"), "/a/b?y");
  EXPECT_EQ(of("http://api.example/c"), "/c");
  EXPECT_EQ(of("HTTP://API.Example:80/c"), "/c");
  EXPECT_EQ(of("http://api.example./c"), "/c");
  EXPECT_EQ(of("//api.example/c"), "/c");
  EXPECT_EQ(of("http://api.example"), "/");
  EXPECT_EQ(of("http://api.example?q"), "/?q");
  EXPECT_EQ(of("/%7euser"), "/~user");
}

TEST_F(Reference, ToAnotherOriginIsNone) {
  for (auto other : {"https://api.example/c", "http://other.example/c", "http://api.example:81/c",
                     "//other/c", "http://api.example@other/c", "mailto:a@b", "http:/c", "javascript:x"})
    EXPECT_EQ(of(other), "none") << other;
}

TEST_F(Reference, ThatIsMalformedIsNone) {
  for (auto bad : {"", "#f", "/%zz", "/a b", "http://", "//", "/..%2f..", "http://a b/c"})
    EXPECT_EQ(of(bad), "none") << bad;
}

TEST_F(Reference, WithoutAnAuthorityIsWithinTheOrigin) {
  request.authority = {};
  EXPECT_EQ(of("/c"), "/c");
  EXPECT_EQ(of("http://api.example/c"), "none");
}

}  // namespace
}  // namespace sluice::http
