#include "sluice/http.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "http/chars.hpp"

namespace sluice {
namespace {

const std::map<std::string, FieldId> names = {
    {"accept", FieldId::accept},
    {"te", FieldId::te},
    {"via", FieldId::via},
    {"host", FieldId::host},
    {"range", FieldId::range},
    {"upgrade", FieldId::upgrade},
    {"location", FieldId::location},
    {"x-real-ip", FieldId::x_real_ip},
    {"connection", FieldId::connection},
    {"traceparent", FieldId::traceparent},
    {"content-type", FieldId::content_type},
    {"if-none-match", FieldId::if_none_match},
    {"content-length", FieldId::content_length},
    {"x-forwarded-for", FieldId::x_forwarded_for},
    {"proxy-connection", FieldId::proxy_connection},
    {"transfer-encoding", FieldId::transfer_encoding},
    {"access-control-request-headers", FieldId::access_control_request_headers}};

std::string upper(std::string s) {
  for (auto& c : s) c = static_cast<char>(std::toupper(c));
  return s;
}

TEST(FieldId, KnowsNamesInAnyCase) {
  for (auto& [name, id] : names) {
    EXPECT_EQ(field_id(name), id) << name;
    EXPECT_EQ(field_id(upper(name)), id) << name;
  }
}

// Every byte of every name counts: also a control that looks like a hyphen once a bit is set.
TEST(FieldId, TakesNothingSimilar) {
  for (auto& [name, id] : names)
    for (std::size_t i = 0; i < name.size(); ++i)
      for (int c = 0; c < 256; ++c) {
        auto other = name;
        other[i] = static_cast<char>(c);
        bool same = http::same_name(other, name);
        EXPECT_EQ(field_id(other) == id, same) << name << " at " << i << " byte " << c;
      }
  for (auto& [name, id] : names) {
    EXPECT_NE(field_id(name + "x"), id);
    EXPECT_NE(field_id(name.substr(1)), id);
  }
  EXPECT_EQ(field_id(""), FieldId::other);
}

struct FieldsTest : ::testing::Test {
  Arena arena;
  Fields fields{arena};
};

TEST_F(FieldsTest, FindsByIdAndByName) {
  fields.add("Accept", "a");
  fields.add("X-Own", "b");
  fields.add("accept", "c");
  fields.add("X-Empty", {});
  EXPECT_EQ(fields.get(FieldId::accept), "a");
  EXPECT_EQ(fields.get("ACCEPT"), "a");
  EXPECT_EQ(fields.get("x-own"), "b");
  EXPECT_EQ(fields.count(FieldId::accept), 2u);
  EXPECT_EQ(fields.get("missing").data(), nullptr);
  EXPECT_NE(fields.get("x-empty").data(), nullptr);
  EXPECT_FALSE(fields.has(FieldId::date));
}

TEST_F(FieldsTest, ReplacesAndRemoves) {
  for (int i = 0; i < 3; ++i) fields.add("Vary", "a");
  fields.add("X-A", "1");
  fields.set("vary", "b");
  EXPECT_EQ(fields.count(FieldId::vary), 1u);
  fields.set("x-a", "2");
  EXPECT_EQ(fields.get("X-A"), "2");
  EXPECT_EQ(fields.size(), 2u);
  fields.remove("X-a");
  fields.remove(FieldId::vary);
  EXPECT_EQ(fields.size(), 0u);
}

TEST_F(FieldsTest, GrowsInOrder) {
  std::vector<std::string> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::to_string(i);
    fields.add("X", values[i]);
  }
  std::size_t i = 0;
  for (auto& f : fields) EXPECT_EQ(f.value, values[i++]);
  EXPECT_EQ(i, values.size());
}

TEST_F(FieldsTest, MayBeUsedAfterItsArenaWasReset) {
  fields.add("X", "1");
  fields.clear();
  arena.reset();
  fields.add("Y", "2");
  auto other = arena.copy(std::string(2000, 'z'));
  EXPECT_EQ(fields.get("y"), "2");
  EXPECT_EQ(other.size(), 2000u);
}

}  // namespace
}  // namespace sluice
