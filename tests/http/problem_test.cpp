#include "http/problem.hpp"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

TEST(Problem, WritesAllMembers) {
  EXPECT_EQ(
      problem_body({404, "no route matches", "0190-id", {}}),
      R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no route matches","instance":"urn:uuid:0190-id"})");
  EXPECT_EQ(problem_body({503, {}, {}, R"("errors":[])"}),
            R"({"type":"about:blank","title":"Service Unavailable","status":503,"errors":[]})");
}

TEST(Problem, EscapesJson) {
  struct Case {
    std::string_view text, escaped;
  };
  using namespace std::string_view_literals;
  for (auto c : {Case{"a\"b\\c"sv, "a\\\"b\\\\c"sv},
                 {"\n\0\x1f"sv, "\\u000a\\u0000\\u001f"sv},
                 {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"sv,
                  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"sv},
                 {"\x80"sv, "\\ufffd"sv},
                 {"\xc0\x80"sv, "\\ufffd\\ufffd"sv},
                 {"\xe2\x82"sv, "\\ufffd\\ufffd"sv},
                 {"\xed\xa0\x80"sv, "\\ufffd\\ufffd\\ufffd"sv},
                 {"\xf5\x80\x80\x80"sv, "\\ufffd\\ufffd\\ufffd\\ufffd"sv},
                 {"\xe0\x80\x80"sv, "\\ufffd\\ufffd\\ufffd"sv},
                 {"\xc3"sv, "\\ufffd"sv}}) {
    std::string to;
    append_json_escaped(to, c.text);
    EXPECT_EQ(to, c.escaped);
  }
}

}  // namespace
}  // namespace sluice::http
