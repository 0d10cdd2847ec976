#include <gtest/gtest.h>

#include "differential.hpp"
#include "reading.hpp"

namespace sluice::http {
namespace {

using namespace testing;
using namespace std::string_literals;
using Body = Framing::Body;

std::string ok(std::string_view fields) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n";
}
std::string status(std::string_view line) {
  return std::string(line) + "\r\nContent-Length: 0\r\n\r\n";
}

Reading accept(const std::string& text, Method asked = Method::get) {
  auto whole = read_response(text, asked);
  EXPECT_TRUE(whole.done()) << text << " refused: " << whole.cause;
  if (!whole.done()) return whole;
  EXPECT_EQ(whole.head_size, text.size()) << text;
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(read_response(text, asked, {i}), whole) << text << " split at " << i;
  EXPECT_EQ(read_response(text, asked, every_end(text.size())), whole) << text << " byte by byte";
  EXPECT_EQ(read_response(text + "HTTP/1.1 200 OK\r\n", asked), whole) << text << " pipelined";
  EXPECT_EQ(response_disagreement(whole, text, asked), "") << text;
  return whole;
}

void refuse(const std::string& text, std::string_view cause, Method asked = Method::get) {
  auto whole = read_response(text, asked);
  EXPECT_EQ(whole.fault, 502) << text;
  EXPECT_EQ(whole.cause, cause) << text;
  EXPECT_EQ(read_response(text, asked, every_end(text.size())).fault, 502) << text << " byte by byte";
}

TEST(H1Response, ReadsAPlainHead) {
  auto r = accept(
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(r.status, 404);
  EXPECT_EQ(r.body, Body::length);
  EXPECT_EQ(r.length, 5u);
  EXPECT_EQ(r.message_length, 5u);
  EXPECT_FALSE(r.keep_alive);
  ASSERT_EQ(r.fields.size(), 1u);
  EXPECT_EQ(r.field("Content-Type"), "text/plain");
}

TEST(H1Response, AcceptsStatusLines) {
  for (auto line : {"HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.0 299 gr\xc3\xbc\xc3\x9f",
                    "HTTP/1.1 599 \t a b", "HTTP/1.1 500  "})
    accept(status(line));
}

TEST(H1Response, RefusesBrokenStatusLines) {
  for (auto line : {"HTTP/1.1  200 OK",
                    "HTTP/1.1\t200 OK",
                    "HTTP/1.1 20 OK",
                    "HTTP/1.1 2000 OK",
                    "HTTP/1.1 2x0 OK",
                    "HTTP/1.1 200\tOK",
                    "HTTP/1.1 099 A",
                    "HTTP/1.1 000 A",
                    "HTTP/1.1 600 A",
                    "HTTP/1.1 -20 A",
                    "HTTP/1.1 200 O\x01K",
                    "HTTP/1.1 200 O\rK",
                    "HTTP/1.1 200 O\x7fK",
                    "HTTP/1.1",
                    "HTTP/1.1 ",
                    "HTTP/2.0 200 OK",
                    "HTTP/1.2 200 OK",
                    "HTTP/1.10 200 OK",
                    "HTTP/0.9 200 OK",
                    "http/1.1 200 OK",
                    "ICY 200 OK",
                    "SSH-2.0-x",
                    "",
                    " HTTP/1.1 200 OK",
                    "\r\nHTTP/1.1 200 OK",
                    "HTTP/1.1 200OK",
                    "HTTP/1.1200 OK"})
    EXPECT_EQ(read_response(status(line)).fault, 502) << line;
  refuse("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "bad_reason");
  refuse("HTTP/1.1 200 OK\r\r\n\r\n", "bare_cr");
  refuse("HTTP/2 200\r\n\r\n", "bad_status_line");
  EXPECT_EQ(read_response("I").fault, 502);  // at once
}

TEST(H1Response, RefusesWhatARequestMayNotHaveEither) {
  refuse(ok("X : a\r\n"), "space_in_field_name");
  refuse(ok("X: a\r\n b\r\n"), "obs_fold");
  refuse(ok("X: a\nY: b\r\n"), "bare_lf");
  refuse(ok("X: a\rY: b\r\n"), "bare_cr");
  refuse(ok("X: a\0b\r\n"s), "control_in_field");
  refuse(ok(": a\r\n"), "empty_field_name");
  refuse(ok("X\r\n"), "field_without_colon");
  refuse(ok("Content-Length: 5, 5\r\n"), "content_length_malformed");
  refuse(ok("Content-Length: +5\r\n"), "content_length_malformed");
  refuse(ok("Content-Length: 5\r\nContent-Length: 5\r\n"), "content_length_repeated");
  refuse(ok("Content-Length: 18446744073709551616\r\n"), "content_length_overflow");
  refuse(ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "content_length_with_transfer_encoding");
  refuse(ok("Transfer-Encoding: gzip\r\n"), "transfer_encoding_not_chunked");
  refuse(ok("Transfer-Encoding: gzip, chunked\r\n"), "transfer_encoding_not_chunked");
  refuse(ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "transfer_encoding_repeated");
  refuse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer_encoding_on_http10");
}

TEST(H1Response, FramesBodies) {
  EXPECT_EQ(accept(ok("Transfer-Encoding: chunked\r\n")).body, Body::chunked);
  auto empty = accept(ok("Content-Length: 0\r\n"));
  EXPECT_EQ(empty.body, Body::none);
  EXPECT_EQ(empty.message_length, 0u);
  auto open = accept(ok(""));
  EXPECT_EQ(open.body, Body::until_close);
  EXPECT_EQ(open.message_length, unknown_length);
  EXPECT_FALSE(open.keep_alive);
  EXPECT_EQ(accept("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").keep_alive, false);
  EXPECT_EQ(accept("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n").keep_alive,
            true);
  EXPECT_EQ(accept("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n").keep_alive, false);
}

TEST(H1Response, KnowsAnswersWithoutContent) {
  auto head = accept(ok("Content-Length: 5\r\n"), Method::head);
  EXPECT_EQ(head.body, Body::none);
  EXPECT_EQ(head.message_length, 5u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(accept(ok(""), Method::head).message_length, unknown_length);
  EXPECT_EQ(accept(ok("Transfer-Encoding: chunked\r\n"), Method::head).body, Body::none);
  auto unchanged = accept("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(unchanged.body, Body::none);
  EXPECT_EQ(unchanged.message_length, 7u);
  for (auto line : {"HTTP/1.1 204 No Content", "HTTP/1.1 100 Continue", "HTTP/1.1 103 Early Hints"}) {
    auto none = accept(line + "\r\nLink: a\r\n\r\n"s);
    EXPECT_EQ(none.body, Body::none);
    EXPECT_EQ(none.message_length, 0u);
    EXPECT_TRUE(none.keep_alive);
    accept(status(line));
    refuse(line + "\r\nContent-Length: 1\r\n\r\n"s, "content_where_none_may_be");
    refuse(line + "\r\nTransfer-Encoding: chunked\r\n\r\n"s, "content_where_none_may_be");
  }
}

TEST(H1Response, SwitchesOnlyToANamedProtocol) {
  EXPECT_EQ(accept("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n").upgrade,
            "websocket");
  refuse("HTTP/1.1 101 Switching\r\n\r\n", "switched_to_nothing");
  refuse("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n", "switched_to_nothing");
  refuse("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "switched_to_nothing");
  EXPECT_EQ(accept(ok("Connection: upgrade\r\nUpgrade: websocket\r\n")).upgrade, "");
}

TEST(H1Response, ConsumesHopByHopFields) {
  auto r = accept(ok(
      "Content-Length: 0\r\nConnection: x\r\nX: y\r\nKeep-Alive: timeout=5\r\nTrailer: a\r\nUpgrade: h2c\r\n"
      "Proxy-Authenticate: Basic\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"));
  ASSERT_EQ(r.fields.size(), 2u);
  EXPECT_EQ(r.fields[1].second, "b");
}

TEST(H1Response, Limits) {
  HeadLimits limits;
  limits.head = 60;
  limits.fields = 2;
  auto exact = ok("X: " + std::string(60 - ok("X: \r\n").size(), 'a') + "\r\n");
  EXPECT_TRUE(read_response(exact, Method::get, {}, limits).done());
  auto above = ok("X: " + std::string(61 - ok("X: \r\n").size(), 'a') + "\r\n");
  EXPECT_EQ(read_response(above, Method::get, {}, limits).cause, "head_too_large");
  EXPECT_EQ(read_response(above, Method::get, every_end(above.size()), limits).fault, 502);
  EXPECT_EQ(read_response(ok("A: b\r\nC: d\r\nE: f\r\n"), Method::get, {}, limits).cause, "too_many_fields");
  EXPECT_TRUE(read_response(ok("A: b\r\nC: d\r\n"), Method::get, {}, limits).done());
}

TEST(H1Response, ReadsOneInterimHeadAfterTheOther) {
  auto text = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"s;
  Arena arena;
  Response response(arena);
  Framing framing;
  ResponseParser parser({});
  auto first = parser.feed(text, Method::get, response, framing);
  ASSERT_EQ(first.state, Progress::State::done);
  EXPECT_EQ(response.status, 103);
  parser.reset(response);
  auto second = parser.feed(std::string_view(text).substr(first.head_size), Method::get, response, framing);
  ASSERT_EQ(second.state, Progress::State::done);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields.size(), 0u);
  EXPECT_EQ(framing.length, 2u);
}

}  // namespace
}  // namespace sluice::http
