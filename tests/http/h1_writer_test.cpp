#include "http/h1_writer.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "http/status.hpp"
#include "reading.hpp"

namespace sluice::http {
namespace {

using namespace std::string_literals;
using Body = Framing::Body;

// Written into memory of exactly the measured size.
template <class Head>
std::string written(const Head& head, bool all = true) {
  auto size = head_size(head);
  auto memory = std::make_unique<char[]>(size);
  auto* end = write_head(head, memory.get());
  EXPECT_LE(end, memory.get() + size);
  EXPECT_TRUE(!all || end == memory.get() + size);
  return {memory.get(), end};
}

struct Writer : ::testing::Test {
  Arena arena;
  Fields fields{arena};
};

TEST_F(Writer, WritesARequest) {
  fields.add("Accept", "*/*");
  fields.add("X-Empty", "");
  RequestHead head;
  head.method = "POST";
  head.path = "/a";
  head.has_query = true;
  head.query = "b=c";
  head.host = "example.com:81";
  head.fields = &fields;
  head.body = Body::length;
  head.length = 5;
  EXPECT_EQ(written(head),
            "POST /a?b=c HTTP/1.1\r\nHost: example.com:81\r\nAccept: */*\r\nX-Empty: \r\nContent-Length: "
            "5\r\n\r\n");
}

TEST_F(Writer, WritesRequestsWithoutFields) {
  RequestHead head;
  head.host = "a";
  EXPECT_EQ(written(head), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  head.has_query = true;
  EXPECT_EQ(written(head), "GET /? HTTP/1.1\r\nHost: a\r\n\r\n");
  head.body = Body::chunked;
  head.has_query = false;
  head.expects_continue = true;
  EXPECT_EQ(written(head),
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  head.body = Body::length;
  head.expects_continue = false;
  EXPECT_EQ(written(head), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(Writer, WritesWhatConnectionSays) {
  RequestHead head;
  head.host = "a";
  auto start = "GET / HTTP/1.1\r\nHost: a\r\n"s;
  head.keep_alive = false;
  EXPECT_EQ(written(head), start + "Connection: close\r\n\r\n");
  head.accepts_trailers = true;
  EXPECT_EQ(written(head), start + "Connection: TE, close\r\nTE: trailers\r\n\r\n");
  head.keep_alive = true;
  EXPECT_EQ(written(head), start + "Connection: TE\r\nTE: trailers\r\n\r\n");
  head.upgrade = "websocket";
  EXPECT_EQ(written(head), start + "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n");
}

TEST_F(Writer, WritesAResponse) {
  fields.add("Content-Type", "text/plain");
  ResponseHead head;
  head.status = 404;
  head.fields = &fields;
  head.body = Body::length;
  head.length = 18446744073709551614u;
  head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(written(head),
            "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 18446744073709551614\r\n\r\n");
  fields.add("Date", "then");
  EXPECT_EQ(written(head),
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nDate: then\r\nContent-Length: "
            "18446744073709551614\r\n\r\n");
}

TEST_F(Writer, WritesResponseFraming) {
  ResponseHead head;
  head.body = Body::length;
  EXPECT_EQ(written(head), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  head.minor = 0;
  EXPECT_EQ(written(head), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  head.keep_alive = false;
  EXPECT_EQ(written(head), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  head.body = Body::until_close;
  EXPECT_EQ(written(head), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  head = {};
  head.status = 101;
  head.upgrade = "websocket";
  EXPECT_EQ(written(head),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  head = {};
  head.status = 200;
  head.body = Body::chunked;
  EXPECT_EQ(written(head), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST_F(Writer, LeavesFramingFieldsOut) {
  for (auto name : {"Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Expect", "TE", "Trailer",
                    "Keep-Alive", "Proxy-Connection"})
    fields.add(name, "5");
  fields.add("X", "y");
  ResponseHead response;
  response.fields = &fields;
  EXPECT_EQ(written(response), "HTTP/1.1 200 OK\r\nX: y\r\n\r\n");
  fields.add("Host", "evil");
  RequestHead request;
  request.host = "a";
  request.fields = &fields;
  EXPECT_EQ(written(request), "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
}

// Whatever gets into a field, there is no second line.
TEST_F(Writer, NeverSplitsALine) {
  struct Case {
    std::string name, value;
  };
  for (auto& c : {Case{"X", "a\r\nEvil: 1"},
                  {"X", "a\nEvil: 1"},
                  {"X", "a\rEvil: 1"},
                  {"X", "\0"s},
                  {"X", "a\x01"},
                  {"X", "a\x7f"},
                  {"X\r\nEvil", "1"},
                  {"X: a\r\nEvil", "1"},
                  {"", "a"},
                  {"X ", "a"},
                  {"X", "0123456789abcdef\r\n\r\nHTTP/1.1 200 OK"}}) {
    fields.clear();
    fields.add(c.name, c.value);
    fields.add("Good", "1");
    ResponseHead head;
    head.fields = &fields;
#ifdef NDEBUG
    EXPECT_EQ(written(head, false), "HTTP/1.1 200 OK\r\nGood: 1\r\n\r\n");
#else
    EXPECT_DEATH(written(head, false), "break the head");
#endif
  }
}

TEST_F(Writer, TrustsAFieldOnlyAsItWasReceived) {
  fields.add_received({"X-Good", "1", FieldId::other});
  EXPECT_TRUE(fields.begin()->received);
  fields.set("X-Good", "2");
  EXPECT_FALSE(fields.begin()->received);
}

TEST_F(Writer, WritesWhatTheParserReads) {
  fields.add("Accept", "a, b");
  fields.add("X-Long", std::string_view(arena.copy(std::string(1000, 'x'))));
  RequestHead head;
  head.method = "PUT";
  head.path = "/a%2Fb";
  head.host = "a:8";
  head.fields = &fields;
  head.body = Body::chunked;
  auto r = testing::read_request(written(head));
  ASSERT_TRUE(r.done()) << r.cause;
  EXPECT_EQ(r.path, "/a%2Fb");
  EXPECT_EQ(r.fields.size(), 2u);
  EXPECT_EQ(r.body, Body::chunked);
}

TEST(Status, HasReasons) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(599), "Server Error");
  EXPECT_EQ(reason_phrase(299), "Success");
  EXPECT_TRUE(is_bodiless(204) && is_bodiless(304) && is_bodiless(100));
  EXPECT_FALSE(is_bodiless(200));
}

}  // namespace
}  // namespace sluice::http
