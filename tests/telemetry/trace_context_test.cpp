#include "telemetry/trace_context.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::telemetry {
namespace {

constexpr std::string_view good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, ReadsItsParts) {
  auto trace = parse_traceparent(good);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_high, 0x4bf92f3577b34da6u);
  EXPECT_EQ(trace->trace_low, 0xa3ce929d0e0e4736u);
  EXPECT_EQ(trace->parent, 0x00f067aa0ba902b7u);
  EXPECT_TRUE(trace->sampled());
}

TEST(TraceContext, WritesWhatItRead) {
  std::string out(TraceContext::size, '?');
  parse_traceparent(good)->write(out.data());
  EXPECT_EQ(out, good);
}

struct Case {
  const char* name;
  std::string_view field;
  bool valid;
};

class Traceparent : public testing::TestWithParam<Case> {};

TEST_P(Traceparent, IsJudged) {
  EXPECT_EQ(parse_traceparent(GetParam().field).has_value(), GetParam().valid);
}

INSTANTIATE_TEST_SUITE_P(
    All, Traceparent,
    testing::Values(
        Case{"not_sampled", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true},
        Case{"unknown_flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", true},
        Case{"half_of_the_trace_zero", "00-0000000000000000a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
        Case{"later_version", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
        Case{"later_version_with_more", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", true},
        Case{"later_version_glued", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", false},
        Case{"version_0_with_more", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", false},
        Case{"version_ff", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        Case{"upper_case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
        Case{"upper_case_flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A", false},
        Case{"trace_zero", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
        Case{"parent_zero", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
        Case{"not_hex", "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false},
        Case{"sign", "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        Case{"short_trace", "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-011", false},
        Case{"other_separator", "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        Case{"cut", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false},
        Case{"space_before", " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        Case{"empty", "", false}, Case{"absent", std::string_view(), false}),
    [](auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sluice::telemetry
