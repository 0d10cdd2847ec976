#include "filters/compress/settings.hpp"

#include <gmock/gmock.h>

#include "filters/compress/compress.hpp"
#include "kit/policy.hpp"

namespace sluice::filters::compress {
namespace {

using testing::HasSubstr;

std::string error(const std::string& settings) {
  return kit::Policy(compress_filter(), settings).errors;
}

TEST(CompressSettings, AllMayBeLeftOut) {
  for (auto settings : {"{}", "{ algorithms: [gzip] }", "[br, gzip]", "{ min_size: 0B, types: [+json] }",
                        "{ level: { gzip: 1, br: 1, zstd: 1 }, static_level: { gzip: 9, br: 9, zstd: 12 } }",
                        "{ static_size: 0B, memory: 1MiB }", "{ types: [text/event-stream] }"})
    EXPECT_EQ(error(settings), "") << settings;
}

TEST(CompressSettings, StandAtTheTransformPhaseAndDecideNothing) {
  kit::Policy policy(compress_filter(), "{}");
  EXPECT_EQ(policy.phase, Phase::transform);
  EXPECT_FALSE(compress_filter().schema.traits.decides);
  EXPECT_FALSE(compress_filter().schema.traits.repeatable);
  EXPECT_THAT(error("{ mode: shadow }"), HasSubstr("shadow"));
}

TEST(CompressSettings, AlgorithmsAreKnownOnesEachOnce) {
  EXPECT_THAT(error("{ algorithms: [] }"), HasSubstr("policies.p.compress.algorithms: names no algorithm"));
  EXPECT_THAT(error("{ algorithms: [gzip, br, gzip] }"), HasSubstr("algorithms: 'gzip' stands there twice"));
  EXPECT_THAT(error("{ algorithms: [deflate] }"), HasSubstr("deflate"));
  EXPECT_THAT(error("{ algorithms: [brotli] }"), HasSubstr("gzip, br, zstd"));
  EXPECT_THAT(error("{ algorithm: [br] }"), HasSubstr("did you mean 'algorithms'?"));
}

TEST(CompressSettings, LevelsAreWithinWhatAWorkerCanDoBetweenItsClients) {
  for (auto key : {"level", "static_level"})
    for (auto wrong : {"gzip: 0", "gzip: 10", "br: 0", "br: 10", "br: 11", "zstd: 0", "zstd: 13", "zstd: 19"})
      EXPECT_THAT(error("{ " + std::string(key) + ": { " + wrong + " } }"), HasSubstr("from 1 to"))
          << key << ' ' << wrong;
  EXPECT_THAT(error("{ level: 5 }"), HasSubstr("policies.p.compress.level"));
}

TEST(CompressSettings, TypesAreTypes) {
  EXPECT_THAT(error("{ types: [] }"), HasSubstr("policies.p.compress.types: names no type"));
  for (auto type : {"html", "text/", "/html", "text/ht ml", "text/html/x", "text"})
    EXPECT_THAT(error("{ types: ['" + std::string(type) + "'] }"),
                HasSubstr("'" + std::string(type) + "': is no type, such as text/html, text/* or +json"));
  EXPECT_THAT(error("{ types: ['+'] }"), HasSubstr("'+': is no suffix of a type, such as +json"));
  EXPECT_THAT(error("{ types: ['text/html; charset=utf-8'] }"),
              HasSubstr("parameters do not count: write the type alone"));
  for (auto type : {"*/*", "*"})
    EXPECT_THAT(error("{ types: ['" + std::string(type) + "'] }"),
                HasSubstr("most of all types are compressed by themselves: name those that are not"));
  for (auto type : {"application/grpc", "application/gRPC+proto", "application/grpc-web"})
    EXPECT_THAT(error("{ types: ['" + std::string(type) + "'] }"),
                HasSubstr("gRPC compresses its messages by itself (grpc-encoding)"));
}

TEST(CompressSettings, SizesHaveUnitsAndBounds) {
  EXPECT_THAT(error("{ min_size: 1024 }"), HasSubstr("1024B"));
  EXPECT_THAT(error("{ memory: 1KiB }"), HasSubstr("1MiB"));
}

}  // namespace
}  // namespace sluice::filters::compress
