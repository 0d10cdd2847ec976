// RFC 9111 §3.1, §3.2, §4.3.4, §4.3.5: which fields are stored, and which an answer without content replaces.
#include "filters/cache/semantics.hpp"
#include "filters/cache/storing.hpp"

namespace sluice::filters::cache {
namespace {

struct StoredFields : Semantics {
  Fields held{arena};
  Fields fresh{arena};

  bool is_stored(std::string_view name, std::string_view cache_control = {}) {
    fresh.clear();
    if (!cache_control.empty()) fresh.add("Cache-Control", cache_control);
    return is_stored_field({name, "x", field_id(name)}, http::response_directives(fresh));
  }
  // The stored fields after a 304 brought these: "Name: value, Name: value".
  std::string updated(Lines stored_lines, Lines fresh_lines) {
    held.clear();
    fresh.clear();
    for (auto& [name, value] : stored_lines) held.add(name, value);
    for (auto& [name, value] : fresh_lines) fresh.add(name, value);
    update_stored_fields(held, fresh, http::response_directives(fresh));
    std::string all;
    for (auto& f : held) all += (all.empty() ? "" : ", ") + std::string(f.name) + ": " + std::string(f.value);
    return all;
  }
  bool is_selected(Lines not_modified, Lines stored_lines) {
    held.clear();
    fresh.clear();
    for (auto& [name, value] : stored_lines) held.add(name, value);
    for (auto& [name, value] : not_modified) fresh.add(name, value);
    return selects(fresh, held, now);
  }
};

TEST_F(StoredFields, AreNotThoseOfTheConnection) {
  for (auto name :
       {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding", "Upgrade", "Trailer"})
    EXPECT_FALSE(is_stored(name)) << name;
}

TEST_F(StoredFields, AreNotThoseBetweenAProxyAndItsClient) {
  for (auto name : {"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization"})
    EXPECT_FALSE(is_stored(name)) << name;
}

TEST_F(StoredFields, AreNotThoseThatTheCacheMakesItself) {
  EXPECT_FALSE(is_stored("Age"));
  EXPECT_FALSE(is_stored("Content-Length"));
}

TEST_F(StoredFields, AreAllOthersAlsoUnknownOnes) {
  for (auto name :
       {"X-Test", "Content-Foo", "Content-Encoding", "Content-Type", "Content-Range", "Content-MD5", "Date",
        "ETag", "Expires", "Cache-Control", "Vary", "Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Via",
        "X-Frame-Options", "WWW-Authenticate", "Location"})
    EXPECT_TRUE(is_stored(name)) << name;
}

// §5.2.2.4, §5.2.2.7
TEST_F(StoredFields, AreNotThoseThatNoCacheOrPrivateNames) {
  EXPECT_FALSE(is_stored("A", "no-cache=\"a, b\""));
  EXPECT_FALSE(is_stored("b", "max-age=1, no-cache=\"a, B\""));
  EXPECT_TRUE(is_stored("C", "no-cache=\"a, b\""));
  EXPECT_FALSE(is_stored("X-User", "private=\"x-user\""));
  EXPECT_TRUE(is_stored("X-User", "private=\"x-use\""));
}

TEST_F(StoredFields, AreReplacedByThoseOfA304) {
  EXPECT_EQ(updated({{"X-Test", "1"}, {"Cache-Control", "max-age=1"}}, {{"Cache-Control", "max-age=60"}}),
            "X-Test: 1, Cache-Control: max-age=60");
  EXPECT_EQ(updated({{"x-test", "1"}}, {{"X-Test", "2"}, {"Content-Foo", "3"}}), "X-Test: 2, Content-Foo: 3");
  EXPECT_EQ(updated({{"Link", "1"}, {"Link", "2"}}, {{"Link", "3"}, {"Link", "4"}, {"Link", "5"}}),
            "Link: 3, Link: 4, Link: 5");
  EXPECT_EQ(updated({{"X-Test", "1"}}, {}), "X-Test: 1");
}

TEST_F(StoredFields, AreNotReplacedWhereTheySayWhatTheStoredBytesAre) {
  EXPECT_EQ(updated({{"Content-Encoding", "gzip"}}, {{"Content-Encoding", "br"}}), "Content-Encoding: gzip");
  EXPECT_EQ(
      updated({}, {{"Content-Encoding", "br"}, {"Content-Range", "bytes 0-1/2"}, {"Content-Length", "3"}}),
      "");
  EXPECT_EQ(updated({{"Vary", "Accept"}}, {{"Vary", "Cookie"}}), "Vary: Accept");
}

TEST_F(StoredFields, AreNotReplacedByWhatIsNotStored) {
  EXPECT_EQ(updated({{"X-User", "1"}}, {{"X-User", "2"}, {"Cache-Control", "private=\"x-user\""}}),
            "X-User: 1, Cache-Control: private=\"x-user\"");
  EXPECT_EQ(updated({}, {{"Age", "5"}, {"Proxy-Authenticate", "x"}}), "");
}

TEST_F(StoredFields, GetNoCookieFromA304ThatTheyDidNotHave) {
  EXPECT_EQ(updated({{"X-Test", "1"}}, {{"Set-Cookie", "a=b"}}), "X-Test: 1");
  EXPECT_EQ(updated({{"Set-Cookie", "a=b"}}, {{"Set-Cookie", "a=c"}}), "Set-Cookie: a=c");
}

TEST_F(StoredFields, AreUpdatedOnlyWhereAStrongTagIsTheSame) {
  EXPECT_TRUE(is_selected({{"ETag", "\"a\""}}, {{"ETag", "\"a\""}}));
  EXPECT_FALSE(is_selected({{"ETag", "\"a\""}}, {{"ETag", "\"b\""}}));
  EXPECT_FALSE(is_selected({{"ETag", "\"a\""}}, {{"ETag", "W/\"a\""}}));
  EXPECT_FALSE(is_selected({{"ETag", "\"a\""}}, {}));
  EXPECT_FALSE(
      is_selected({{"ETag", "\"a\""}, {"Last-Modified", date(-1h)}}, {{"Last-Modified", date(-1h)}}));
}

TEST_F(StoredFields, AreUpdatedWhereAWeakValidatorIsTheSame) {
  EXPECT_TRUE(is_selected({{"ETag", "W/\"a\""}}, {{"ETag", "W/\"a\""}}));
  EXPECT_TRUE(is_selected({{"ETag", "W/\"a\""}}, {{"ETag", "\"a\""}}));
  EXPECT_FALSE(is_selected({{"ETag", "W/\"a\""}}, {{"ETag", "W/\"b\""}}));
  EXPECT_TRUE(is_selected({{"Last-Modified", date(-1h)}}, {{"Last-Modified", date(-1h)}, {"ETag", "\"a\""}}));
  EXPECT_FALSE(is_selected({{"Last-Modified", date(-1h)}}, {{"Last-Modified", date(-2h)}}));
  EXPECT_FALSE(is_selected({{"Last-Modified", date(-1h)}}, {}));
}

TEST_F(StoredFields, AreUpdatedWhereThe304NamesNoValidator) {
  EXPECT_TRUE(is_selected({}, {{"ETag", "\"a\""}}));
  EXPECT_TRUE(is_selected({}, {}));
}

struct HeadAnswer : StoredFields {
  bool agrees(Lines head, Lines stored_lines, std::uint64_t length) {
    answer(200, head);
    response.length = length;
    held.clear();
    for (auto& [name, value] : stored_lines) held.add(name, value);
    return head_agrees(response, held, 10);
  }
};

TEST_F(HeadAnswer, FreshensWhatIsTheSame) {
  EXPECT_TRUE(agrees({}, {}, unknown_length));
  EXPECT_TRUE(agrees({{"ETag", "\"a\""}, {"Last-Modified", date(-1h)}},
                     {{"ETag", "\"a\""}, {"Last-Modified", date(-1h)}}, 10));
  EXPECT_TRUE(agrees({}, {{"ETag", "\"a\""}}, 10));
  EXPECT_TRUE(agrees({{"ETag", "\"a\""}}, {}, 10));
}

TEST_F(HeadAnswer, FreshensNothingElse) {
  EXPECT_FALSE(agrees({}, {}, 11));
  EXPECT_FALSE(agrees({{"ETag", "\"b\""}}, {{"ETag", "\"a\""}}, 10));
  EXPECT_FALSE(agrees({{"Last-Modified", date(-1h)}}, {{"Last-Modified", date(-2h)}}, 10));
}

// §4.4
TEST(Invalidation, FollowsASuccessfulUnsafeRequest) {
  for (auto method : {Method::post, Method::put, Method::delete_, Method::patch, Method::other})
    for (std::uint16_t status : {200, 201, 204, 303, 399}) EXPECT_TRUE(invalidates(method, status));
}

TEST(Invalidation, FollowsNoSafeRequest) {
  for (auto method : {Method::get, Method::head, Method::options, Method::trace})
    EXPECT_FALSE(invalidates(method, 200));
}

TEST(Invalidation, FollowsNoFailure) {
  for (std::uint16_t status : {101, 400, 404, 412, 500, 503}) EXPECT_FALSE(invalidates(Method::post, status));
}

}  // namespace
}  // namespace sluice::filters::cache
