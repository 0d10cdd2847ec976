#include "filters/cache/tier_value.hpp"

#include <gtest/gtest.h>

namespace sluice::filters::cache {
namespace {

using namespace std::chrono_literals;

struct TierValues : testing::Test {
  Arena arena;
  TierHead head;
  std::vector<Field> fields{{"Content-Type", "text/plain", FieldId::content_type},
                            {"X-Empty", "", FieldId::other},
                            {"ETag", "\"a\"", FieldId::etag}};
  std::string body = std::string("a\0body\xff", 7);

  TierValues() {
    head.asked_at = {"log", 12345};
    head.received = WallPoint(1700000000123456us);
    head.freshness.initial_age = 1500ms;
    head.freshness.lifetime = 60s;
    head.freshness.stale_while_revalidate = 30s;
    head.freshness.stale_if_error = 300s;
    head.freshness.basis = Freshness::Basis::s_maxage;
    head.freshness.never_stale = true;
    head.freshness.says_stale_if_error = true;
    head.status = 404;
    head.url = "http://a/b?c";
    head.variant = "accept: x";
    head.tags = {"t1", "t2"};
  }
  std::string encoded() const { return encode_answer(head, fields, body); }
  std::optional<TierValue> decoded(std::string_view bytes) { return decode(bytes, arena); }
  // With one more line of the head.
  bool takes(std::string_view name, std::string_view value) {
    fields.push_back({name, value, field_id(name)});
    auto bytes = encoded();
    fields.pop_back();
    return decoded(bytes).has_value();
  }
};

TEST_F(TierValues, AnAnswerComesBackAsItWas) {
  auto bytes = encoded();
  auto value = decoded(bytes);
  ASSERT_TRUE(value && value->answer);
  auto& h = value->answer->head;
  EXPECT_EQ(h.asked_at, head.asked_at);
  EXPECT_EQ(h.received, head.received);
  EXPECT_EQ(h.freshness.initial_age, 1500ms);
  EXPECT_EQ(h.freshness.lifetime, 60s);
  EXPECT_EQ(h.freshness.stale_while_revalidate, 30s);
  EXPECT_EQ(h.freshness.stale_if_error, 300s);
  EXPECT_EQ(h.freshness.basis, Freshness::Basis::s_maxage);
  EXPECT_TRUE(h.freshness.never_stale);
  EXPECT_TRUE(h.freshness.says_stale_if_error);
  EXPECT_FALSE(h.freshness.must_validate);
  EXPECT_FALSE(h.freshness.immutable);
  EXPECT_EQ(h.status, 404);
  EXPECT_EQ(h.url, "http://a/b?c");
  EXPECT_EQ(h.variant, "accept: x");
  EXPECT_EQ(h.tags, head.tags);
  ASSERT_EQ(value->answer->fields.size(), 3u);
  EXPECT_EQ(value->answer->fields.get(FieldId::etag), "\"a\"");
  EXPECT_EQ(value->answer->fields.begin()[1].name, "X-Empty");
  EXPECT_EQ(value->answer->body, body);
}

TEST_F(TierValues, NamesOfVaryComeBack) {
  Vary vary;
  vary.kind = Vary::Kind::fields;
  vary.count = 2;
  vary.all[0] = "Accept";
  vary.all[1] = "X-Lang";
  auto bytes = encode_vary(vary);
  auto value = decoded(bytes);
  ASSERT_TRUE(value);
  EXPECT_FALSE(value->answer);
  EXPECT_EQ(value->vary.kind, Vary::Kind::fields);
  ASSERT_EQ(value->vary.names().size(), 2u);
  EXPECT_EQ(value->vary.names()[1], "X-Lang");
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decoded(bytes.substr(0, n)));
}

TEST_F(TierValues, CutOrLengthenedItIsNothing) {
  auto bytes = encoded();
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decoded(bytes.substr(0, n))) << n;
  EXPECT_FALSE(decoded(bytes + 'x'));
}

TEST_F(TierValues, ForeignValuesAreNothing) {
  EXPECT_FALSE(decoded(""));
  EXPECT_FALSE(decoded("{\"json\": true}"));
  EXPECT_FALSE(decoded(std::string(1000, '\xff')));
  auto other_version = encoded();
  other_version[6] = 2;
  EXPECT_FALSE(decoded(other_version));
  auto other_kind = encoded();
  other_kind[7] = 3;
  EXPECT_FALSE(decoded(other_kind));
}

TEST_F(TierValues, NoByteMakesItCrash) {
  auto bytes = encoded();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int byte = 0; byte < 256; byte += 5) {
      auto changed = bytes;
      changed[i] = static_cast<char>(byte);
      if (auto value = decoded(changed); value && value->answer) {
        EXPECT_GE(value->answer->head.status, 200);
        EXPECT_LE(value->answer->body.size(), bytes.size());
      }
    }
}

TEST_F(TierValues, FieldsCannotSayWhereAnAnswerEnds) {
  EXPECT_TRUE(takes("X-Any", "text \t \xe4"));
  EXPECT_FALSE(takes("X-Any", "a\r\nSet-Cookie: b"));
  EXPECT_FALSE(takes("X-Any", std::string_view("a\0", 2)));
  EXPECT_FALSE(takes("X Any", "a"));
  EXPECT_FALSE(takes("", "a"));
  EXPECT_FALSE(takes(std::string(256, 'x'), "a"));
  EXPECT_FALSE(takes("X-Any", std::string(65536, 'x')));
  for (auto* name : {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "Trailer",
                     "TE", "Proxy-Connection"})
    EXPECT_FALSE(takes(name, "1")) << name;
}

TEST_F(TierValues, NumbersOutOfTheirRangeAreNothing) {
  auto refused = [this](auto change) {
    auto kept = head;
    change(head);
    auto bytes = encoded();
    head = kept;
    return !decoded(bytes);
  };
  EXPECT_TRUE(refused([](auto& h) { h.status = 199; }));
  EXPECT_TRUE(refused([](auto& h) { h.status = 600; }));
  EXPECT_TRUE(refused([](auto& h) { h.freshness.initial_age = -1s; }));
  EXPECT_TRUE(refused([](auto& h) { h.freshness.lifetime = -1s; }));
  EXPECT_TRUE(refused([](auto& h) { h.freshness.stale_if_error = Seconds::max(); }));
  EXPECT_TRUE(refused([](auto& h) { h.received = WallPoint(-1s); }));
  EXPECT_FALSE(refused([](auto& h) { h.freshness.lifetime = http::CacheControl::forever; }));
}

TEST_F(TierValues, MoreLinesThanAValueHasAreNotWritten) {
  fields.assign(1001, Field{"X", "y", FieldId::other});
  EXPECT_EQ(encoded(), "");
  fields.assign(1000, Field{"X", "y", FieldId::other});
  EXPECT_TRUE(decoded(encoded()));
}

}  // namespace
}  // namespace sluice::filters::cache
