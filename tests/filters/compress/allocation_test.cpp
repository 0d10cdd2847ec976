// What goes out as it is, and what was encoded before, asks the heap for nothing once the worker's free lists
// are warm; a short answer for a zstd frame or gzip stream asks for nothing either, since encoders are
// recycled.
#include <gtest/gtest.h>

#include "filters/compress/compress.hpp"
#include "forms.hpp"
#include "kit/allocations.hpp"
#include "kit/policy.hpp"
#include "texts.hpp"

#if SLUICE_COUNTS_ALLOCATIONS

namespace sluice::filters::compress {
namespace {

// A body that copies nothing.
class TextBody final : public BodySource {
 public:
  explicit TextBody(std::string_view text) noexcept : text_(text) {}
  Eventual<Result<Chunk>> read(std::size_t) override { return Result<Chunk>(Chunk{text_, true, nullptr}); }

 private:
  std::string_view text_;
};

struct CompressAllocationTest : ::testing::Test {
  kit::Loop loop;
  Arena arena;
  Peer peer;
  Forms forms;
  kit::Policy policy{compress_filter(), "{}"};
  std::string text = json_text(20'000);
  std::string_view encoding;

  void ask(std::string_view accepted, std::string_view type, bool stored) {
    arena.reset();
    Exchange x(loop.worker, arena, peer);
    x.request.fields.add("Accept-Encoding", accepted);
    x.request.fields.add("If-None-Match", "W/\"0\"");
    EXPECT_EQ(policy.filter->on_request(x).value(), Verdict::proceed);
    x.response.status = 200;
    x.response.fields.add("Content-Type", type);
    x.response.fields.add("ETag", "\"1\"");
    x.response.fields.add("Vary", "Origin");
    x.response.length = text.size();
    x.response.body = std::make_unique<TextBody>(text);
    x.response.forms = stored ? &forms : nullptr;
    EXPECT_TRUE(x.run_hooks().ready());
    encoding = x.response.fields.get(FieldId::content_encoding);
    while (!x.response.body->read(1 << 16).value()->end) {
    }
  }

  std::size_t allocated(std::string_view accepted, std::string_view type, bool stored = false) {
    for (int i = 0; i < 3; ++i) ask(accepted, type, stored);
    auto before = kit::allocations();
    for (int i = 0; i < 10; ++i) ask(accepted, type, stored);
    return kit::allocations() - before;
  }
};

TEST_F(CompressAllocationTest, WhatIsLeftAsItIs) {
  EXPECT_EQ(allocated("gzip, br", "image/png"), 0u);
  EXPECT_EQ(allocated("identity", "text/html"), 0u);
  EXPECT_EQ(encoding, "");
}

TEST_F(CompressAllocationTest, AForm) {
  forms.keep("br", std::make_shared<const std::string>(text));
  EXPECT_EQ(allocated("gzip, br", "text/html", true), 0u);
  EXPECT_EQ(encoding, "br");
}

TEST_F(CompressAllocationTest, WhatIsEncodedByARecycledEncoder) {
  for (auto accepted : {"gzip", "zstd"}) {
    EXPECT_EQ(allocated(accepted, "text/html"), 0u) << accepted;
    EXPECT_EQ(encoding, accepted);
  }
}

}  // namespace
}  // namespace sluice::filters::compress

#endif
