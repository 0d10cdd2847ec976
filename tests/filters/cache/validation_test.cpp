// RFC 9111 §4.3.1, RFC 9110 §15.4.5: what the origin is asked, and what a 304 says.
#include "filters/cache/validation.hpp"

#include "filters/cache/semantics.hpp"

namespace sluice::filters::cache {
namespace {

struct Validation : Semantics {
  std::string asked() const {
    std::string all;
    for (auto& f : request.fields)
      all += (all.empty() ? "" : ", ") + std::string(f.name) + ": " + std::string(f.value);
    return all;
  }
};

TEST_F(Validation, AsksByTheTagAndTheDateThatTheOriginGave) {
  ask({{"Accept", "x"}});
  answer(200, {{"ETag", "W/\"a\""}, {"Last-Modified", "Tue, 01 Jul 2025 12:00:00 GMT"}});
  EXPECT_TRUE(ask_whether_changed(request.fields, response.fields));
  EXPECT_EQ(asked(), "Accept: x, If-None-Match: W/\"a\", If-Modified-Since: Tue, 01 Jul 2025 12:00:00 GMT");
}

TEST_F(Validation, AsksInThePlaceOfTheClientsConditions) {
  ask({{"If-None-Match", "\"b\""},
       {"If-Modified-Since", "x"},
       {"If-Range", "\"b\""},
       {"Range", "bytes=0-1"}});
  answer(200, {{"ETag", "\"a\""}});
  EXPECT_TRUE(ask_whether_changed(request.fields, response.fields));
  EXPECT_EQ(asked(), "If-None-Match: \"a\"");
}

TEST_F(Validation, AsksForTheWholeWhereThereIsNoValidator) {
  ask({{"If-None-Match", "\"b\""}, {"Range", "bytes=0-1"}, {"Accept", "x"}});
  answer(200, {{"ETag", ""}});
  EXPECT_FALSE(ask_whether_changed(request.fields, response.fields));
  EXPECT_EQ(asked(), "Accept: x");
}

TEST_F(Validation, LeavesTheOriginsConditionsWhereTheyAre) {
  ask({{"If-Match", "\"b\""}, {"If-Unmodified-Since", "x"}});
  take_conditions(request.fields);
  EXPECT_EQ(asked(), "If-Match: \"b\", If-Unmodified-Since: x");
}

TEST_F(Validation, TellsAClientWhatItMayUpdate) {
  for (auto name :
       {"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary", "Last-Modified", "X-Test"})
    EXPECT_TRUE(is_sent_with_not_modified({name, "x", field_id(name)})) << name;
  for (auto name :
       {"Content-Encoding", "Content-Language", "Content-Length", "Content-Range", "Content-Type"})
    EXPECT_FALSE(is_sent_with_not_modified({name, "x", field_id(name)})) << name;
}

}  // namespace
}  // namespace sluice::filters::cache
