#include <gtest/gtest.h>

#include "differential.hpp"
#include "reading.hpp"

namespace sluice::http {
namespace {

using namespace testing;
using namespace std::string_literals;
using Body = Framing::Body;

std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
std::string line(std::string_view request_line) {
  return std::string(request_line) + "\r\nHost: a\r\n\r\n";
}
std::string target(std::string_view t) {
  return line("GET " + std::string(t) + " HTTP/1.1");
}

// The same at every split, byte by byte, and with bytes of the next message behind it; and Beast agrees.
Reading accept(const std::string& text) {
  auto whole = read_request(text);
  EXPECT_TRUE(whole.done()) << text << " refused: " << whole.cause;
  if (!whole.done()) return whole;
  EXPECT_EQ(whole.head_size, text.size()) << text;
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(read_request(text, {i}), whole) << text << " split at " << i;
  EXPECT_EQ(read_request(text, every_end(text.size())), whole) << text << " byte by byte";
  EXPECT_EQ(read_request(text + "GET /next HTTP/1.1\r\n\r\n"), whole) << text << " pipelined";
  EXPECT_EQ(request_disagreement(whole, text), "") << text;
  return whole;
}

void refuse(const std::string& text, std::uint16_t status, std::string_view cause) {
  auto whole = read_request(text);
  EXPECT_EQ(whole.fault, status) << text;
  EXPECT_EQ(whole.cause, cause) << text;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    auto split = read_request(text, {i});
    EXPECT_EQ(split.fault, status) << text << " split at " << i;
  }
  EXPECT_EQ(read_request(text, every_end(text.size())).fault, status) << text << " byte by byte";
}

TEST(H1Request, ReadsAPlainHead) {
  auto r = accept(
      "GET /a/b?c=d HTTP/1.1\r\nHost: Example.COM:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n");
  EXPECT_EQ(r.method, "GET");
  EXPECT_EQ(r.path, "/a/b");
  EXPECT_EQ(r.query, "c=d");
  EXPECT_TRUE(r.has_query);
  EXPECT_EQ(r.authority, "example.com:8080");
  EXPECT_EQ(r.host, "example.com");
  EXPECT_EQ(r.body, Body::none);
  EXPECT_TRUE(r.keep_alive);
  EXPECT_EQ(r.fields.size(), 2u);
  EXPECT_EQ(r.field("User-Agent"), "curl/7.88.1");
}

TEST(H1Request, KnowsMethodsByTheirExactSpelling) {
  struct Case {
    const char* text;
    Method method;
  };
  for (auto c : {Case{"GET", Method::get},
                 {"HEAD", Method::head},
                 {"POST", Method::post},
                 {"PUT", Method::put},
                 {"DELETE", Method::delete_},
                 {"OPTIONS", Method::options},
                 {"TRACE", Method::trace},
                 {"PATCH", Method::patch},
                 {"get", Method::other},
                 {"PROPFIND", Method::other},
                 {"X", Method::other},
                 {"M-SEARCH", Method::other},
                 {"!#$%&'*+.^_`|~", Method::other},
                 {"GOT", Method::other},
                 {"POSS", Method::other},
                 {"CONNECX", Method::other}}) {
    accept(line(c.text + " / HTTP/1.1"s));
    Arena arena;
    Request request(arena);
    Framing framing;
    RequestParser parser({});
    auto text = line(c.text + " / HTTP/1.1"s);
    ASSERT_EQ(parser.feed(text, request, framing).state, Progress::State::done);
    EXPECT_EQ(request.method, c.method) << c.text;
    EXPECT_EQ(request.method_text, c.text);
  }
}

TEST(H1Request, RefusesBrokenRequestLines) {
  for (auto text : {" GET / HTTP/1.1",
                    "GET  / HTTP/1.1",
                    "GET /  HTTP/1.1",
                    "GET\t/ HTTP/1.1",
                    "GET /\tHTTP/1.1",
                    "GET / HTTP/1.1 ",
                    "GET /",
                    "GET",
                    "GET / ",
                    "GE(T / HTTP/1.1",
                    "GET: / HTTP/1.1",
                    "\x16\x03\x01",
                    "G\x80T / HTTP/1.1",
                    "GET / http/1.1",
                    "GET / HTTX/1.1",
                    "GET / HTTP/",
                    "GET / HTTP",
                    "GET / 1.1",
                    "GET / HTTP/1.1x",
                    "GET / HTTP/1,1",
                    "GET / HTTP /1.1",
                    "GET / HTTP/1.1\t",
                    "GET / HTTP/one",
                    "\x7fGET / HTTP/1.1",
                    "GET HTTP/1.1",
                    "<html>"})
    EXPECT_EQ(read_request(line(text)).fault, 400) << text;
  refuse(line("G@T / HTTP/1.1"), 400, "bad_method");
  refuse(line("GET  / HTTP/1.1"), 400, "bad_target");
  refuse(line("GET / http/1.1"), 400, "bad_version");
}

TEST(H1Request, RefusesOtherVersions) {
  for (auto version :
       {"0.9", "1.2", "1.9", "2.0", "2", "3", "3.0", "0.0", "1.10", "1.01", "01.1", "11", "1", "9.9"})
    refuse(line("GET / HTTP/"s + version), 505, "version_not_supported");
  refuse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version_not_supported");
}

TEST(H1Request, SkipsUpToFourEmptyLines) {
  std::string empty;
  for (int i = 0; i <= 4; ++i, empty += "\r\n") accept(empty + get(""));
  refuse(empty + get(""), 400, "too_many_empty_lines");
  refuse("\n" + get(""), 400, "bad_method");
  refuse("\r\r\n" + get(""), 400, "bare_cr");
  refuse("\r\n " + get(""), 400, "bad_method");
}

TEST(H1Request, RefusesBareLineEnds) {
  refuse("GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare_lf");
  refuse("GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "bare_lf");
  refuse("GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "field_without_colon");
  refuse("GET / HTTP/1.1\rHost: a\r\n\r\n", 400, "bare_cr");
  refuse("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, "bare_cr");
  refuse("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400, "bare_cr");
  refuse("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400, "bare_cr");
  refuse("GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", 400, "bare_cr");
  refuse("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_target");
  refuse("GET /\n HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_target");
}

TEST(H1Request, RefusesControlsAnywhere) {
  for (int c = 0; c < 0x20; ++c) {
    std::string one(1, static_cast<char>(c));
    EXPECT_EQ(read_request(line("GE" + one + "T / HTTP/1.1")).fault, 400) << c;
    EXPECT_EQ(read_request(target("/a" + one + "b")).fault, 400) << c;
    EXPECT_EQ(read_request(target("/a?" + one + "b")).fault, 400) << c;
    EXPECT_EQ(read_request(get("X" + one + "Y: z\r\n")).fault, 400) << c;
    EXPECT_EQ(read_request(get(one + "X: z\r\n")).fault, 400) << c;
    for (auto before : {"", "a", "0123456789abcdef", "0123456789abcdef0123456789abcde"}) {
      auto text = get("X: " + std::string(before) + one + "b0123456789abcdefghijk\r\n");
      if (c == '\t')
        accept(text);
      else
        EXPECT_EQ(read_request(text).fault, 400) << c << " after " << before;
    }
  }
  EXPECT_EQ(read_request(get("X: a\x7f\r\n")).cause, "control_in_field");
  EXPECT_EQ(read_request(get("X\x7f: a\r\n")).cause, "bad_field_name");
  EXPECT_EQ(read_request(target("/\x7f")).cause, "bad_target");
}

TEST(H1Request, AcceptsObsTextInValuesOnly) {
  for (int c = 0x80; c < 0x100; ++c) {
    std::string one(1, static_cast<char>(c));
    EXPECT_TRUE(read_request(get("X: a" + one + "\r\n")).done()) << c;
    EXPECT_EQ(read_request(get("X" + one + ": a\r\n")).fault, 400) << c;
    EXPECT_EQ(read_request(target("/" + one)).fault, 400) << c;
    EXPECT_EQ(read_request(target("/?" + one)).fault, 400) << c;
    EXPECT_EQ(read_request("GET / HTTP/1.1\r\nHost: a" + one + "\r\n\r\n").fault, 400) << c;
  }
  EXPECT_EQ(accept(get("X: gr\xc3\xbc\xc3\x9f\r\n")).field("X"), "gr\xc3\xbc\xc3\x9f");
}

TEST(H1Request, RefusesFoldedLines) {
  refuse(get("X: a\r\n b\r\n"), 400, "obs_fold");
  refuse(get("X: a\r\n\tb\r\n"), 400, "obs_fold");
  refuse(get("X:\r\n b\r\n"), 400, "obs_fold");
  refuse(get("X: a\r\n \r\n"), 400, "obs_fold");
  refuse(get("Transfer-Encoding:\r\n chunked\r\n"), 400, "transfer_encoding_not_chunked");
  refuse(get("Transfer-Encoding: chunked\r\n , gzip\r\n"), 400, "obs_fold");
  refuse("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "obs_fold");
}

TEST(H1Request, RefusesBrokenNames) {
  refuse(get("X : a\r\n"), 400, "space_in_field_name");
  refuse(get("X\t: a\r\n"), 400, "space_in_field_name");
  refuse(get("X Y: a\r\n"), 400, "space_in_field_name");
  refuse(get("Content-Length : 5\r\n"), 400, "space_in_field_name");
  refuse(get(": a\r\n"), 400, "empty_field_name");
  refuse(get("X\r\n"), 400, "field_without_colon");
  refuse(get("a-name-without-a-colon-that-is-long\r\n"), 400, "field_without_colon");
  for (char c : "(),/;<=>?@[\\]{}\""s)
    for (auto before : {"", "X", "A-name-of-16-byte", "A-name-of-seventeen"})
      if (c) refuse(get(before + std::string(1, c) + "Y: a\r\n"), 400, "bad_field_name");
  for (char c : "!#$%&'*+-.^_`|~09azAZ"s)
    if (c) accept(get("X" + std::string(1, c) + ": a\r\n"));
}

TEST(H1Request, TrimsValues) {
  EXPECT_EQ(accept(get("X:a\r\n")).field("X"), "a");
  EXPECT_EQ(accept(get("X:  \t a b\t \r\n")).field("X"), "a b");
  EXPECT_EQ(accept(get("X:\r\n")).field("X"), "");
  EXPECT_EQ(accept(get("X:  \t \r\n")).field("X"), "");
  EXPECT_EQ(accept(get("X: : :\r\n")).field("X"), ": :");
}

TEST(H1Request, DemandsOneGoodHost) {
  refuse("GET / HTTP/1.1\r\n\r\n", 400, "host_missing");
  refuse("GET / HTTP/1.1\r\nX: y\r\n\r\n", 400, "host_missing");
  refuse("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "host_empty");
  refuse("GET / HTTP/1.1\r\nHost:  \r\n\r\n", 400, "host_empty");
  refuse("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host_repeated");
  refuse("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", 400, "host_repeated");
  refuse("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host_repeated");
  refuse("GET / HTTP/1.0\r\nHost:\r\n\r\n", 400, "host_empty");
  refuse("GET http://a/ HTTP/1.1\r\n\r\n", 400, "host_missing");
  refuse("GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", 400, "host_malformed");
  for (auto host : {"a b",     "a,b",      "a/b",  "user@a", "a:b",    "a:",        "a:0",
                    "a:65536", "a:080800", "a:-1", "a:+1",   "a..b",   ".",         ".a",
                    "a..",     "[::1",     "::1",  "[::1]x", "[::1]:", "[1.2.3.4]", "[fe80::1%25eth0]",
                    "[v1.a]",  "a%41",     "a;b",  "a#",     "a?",     "http://a",  "a\"",
                    "a\\b",    "a=b",      "[]",   "[:]",    "a:1:2",  "*"})
    EXPECT_EQ(read_request("GET / HTTP/1.1\r\nHost: "s + host + "\r\n\r\n").fault, 400) << host;
}

TEST(H1Request, ServesHttp10WithoutHost) {
  auto r = accept("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(r.minor, 0);
  EXPECT_EQ(r.authority, "");
  EXPECT_FALSE(r.keep_alive);
  EXPECT_EQ(accept("GET / HTTP/1.0\r\nHost: A.b\r\n\r\n").host, "a.b");
  EXPECT_TRUE(accept("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(accept("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
}

TEST(H1Request, NormalisesHosts) {
  struct Case {
    const char *text, *authority, *host;
  };
  for (auto c : {Case{"A.B", "a.b", "a.b"},
                 {"a.", "a.", "a"},
                 {"A.:80", "a.:80", "a"},
                 {"[::1]", "[::1]", "[::1]"},
                 {"[2001:DB8::1]:443", "[2001:db8::1]:443", "[2001:db8::1]"},
                 {"1.2.3.4:1", "1.2.3.4:1", "1.2.3.4"},
                 {"a_b-c.d", "a_b-c.d", "a_b-c.d"},
                 {"xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"}}) {
    auto r = accept("GET / HTTP/1.1\r\nHost: "s + c.text + "\r\n\r\n");
    EXPECT_EQ(r.authority, c.authority);
    EXPECT_EQ(r.host, c.host);
  }
}

TEST(H1Request, ReadsTargets) {
  struct Case {
    const char *text, *path, *query;
  };
  for (auto c : {Case{"/", "/", "-"},
                 {"/?", "/", ""},
                 {"/a?b?c", "/a", "b?c"},
                 {"/%7Ea", "/~a", "-"},
                 {"/a/../b", "/b", "-"},
                 {"//a//b", "/a/b", "-"},
                 {"/a%2fb", "/a%2Fb", "-"},
                 {"/?%00", "/", "%00"},
                 {"/?%zz", "/", "%zz"},
                 {"/?\\", "/", "\\"},
                 {"/a?/../b", "/a", "/../b"},
                 {"/a;b=c", "/a;b=c", "-"},
                 {"/a@b:c", "/a@b:c", "-"},
                 {"/\"<>^`{|}", "/\"<>^`{|}", "-"}}) {
    auto r = accept(target(c.text));
    EXPECT_EQ(r.path, c.path) << c.text;
    EXPECT_EQ(r.has_query ? r.query : "-", c.query) << c.text;
  }
}

TEST(H1Request, RefusesBadTargets) {
  refuse(target("/a#b"), 400, "target_fragment");
  refuse(target("/a?b#c"), 400, "target_fragment");
  refuse(target("#"), 400, "target_fragment");
  refuse(target("/%"), 400, "path_bad_percent");
  refuse(target("/%4"), 400, "path_bad_percent");
  refuse(target("/%gg"), 400, "path_bad_percent");
  refuse(target("/%00"), 400, "path_nul");
  refuse(target("/a\\b"), 400, "path_backslash");
  refuse(target("/..;/a"), 400, "path_hidden_dots");
  refuse(target("/a%2f..%2fb"), 400, "path_hidden_dots");
  refuse(target("a"), 400, "bad_target");
  refuse(target("?a"), 400, "bad_target");
  refuse(target("example.com:80"), 400, "bad_target");
  refuse(target("*a"), 400, "bad_target");
  refuse(target("*"), 400, "asterisk_without_options");
  refuse(line("HEAD * HTTP/1.1"), 400, "asterisk_without_options");
}

TEST(H1Request, TakesTheAuthorityOfAnAbsoluteTarget) {
  struct Case {
    const char *text, *authority, *path, *query;
  };
  for (auto c : {Case{"http://b/x", "b", "/x", "-"},
                 {"HTTPS://B:8443/x?y", "b:8443", "/x", "y"},
                 {"http://b", "b", "/", "-"},
                 {"http://b?q", "b", "/", "q"},
                 {"http://b/", "b", "/", "-"},
                 {"http://[::1]:80/a", "[::1]:80", "/a", "-"},
                 {"http://b/?", "b", "/", ""},
                 {"http://b//x", "b", "/x", "-"}}) {
    auto r = accept(target(c.text));
    EXPECT_EQ(r.authority, c.authority) << c.text;
    EXPECT_EQ(r.path, c.path) << c.text;
    EXPECT_EQ(r.has_query ? r.query : "-", c.query) << c.text;
  }
  EXPECT_EQ(accept("GET http://b/ HTTP/1.0\r\n\r\n").host, "b");
  for (auto bad : {"http://", "http:///a", "http://u@b/", "http://u:p@b/", "ftp://b/", "ws://b/", "http:/b",
                   "http:b", "://b/", "http://b:x/", "http://b:/", "http://b\\c/", "http://b,c/"})
    EXPECT_EQ(read_request(target(bad)).fault, 400) << bad;
}

TEST(H1Request, LetsOptionsAskForTheServer) {
  EXPECT_EQ(accept(line("OPTIONS * HTTP/1.1")).path, "*");
  EXPECT_EQ(accept(line("OPTIONS http://b HTTP/1.1")).path, "*");
  EXPECT_EQ(accept(line("OPTIONS http://b/ HTTP/1.1")).path, "/");
  EXPECT_EQ(accept(line("OPTIONS /a HTTP/1.1")).path, "/a");
}

TEST(H1Request, RefusesConnect) {
  refuse(line("CONNECT a:443 HTTP/1.1"), 501, "connect_not_supported");
  refuse(line("CONNECT / HTTP/1.1"), 501, "connect_not_supported");
}

TEST(H1Request, ReadsContentLength) {
  for (auto [text, length] : {std::pair<std::string, std::uint64_t>{"0", 0},
                              {"5", 5},
                              {"0005", 5},
                              {"1234567890123", 1234567890123},
                              {"18446744073709551614", 18446744073709551614u}}) {
    auto r = accept(get("Content-Length: " + text + "\r\n"));
    EXPECT_EQ(r.body, length ? Body::length : Body::none) << text;
    EXPECT_EQ(r.length, length);
    EXPECT_EQ(r.message_length, length);
    EXPECT_EQ(r.field("Content-Length"), "(none)");
  }
  for (auto bad : {"", "+5", "-5", "-0", "5,5", "5, 5", "5 5", "0x5", "5x", "a", "5.0", "5e1", "1_000",
                   "\"5\"", "5;", ",5", "5,", "\xb2"})
    refuse(get("Content-Length: "s + bad + "\r\n"), 400, "content_length_malformed");
  for (auto big : {"18446744073709551615", "18446744073709551616", "99999999999999999999",
                   "184467440737095516160", "340282366920938463463374607431768211456"})
    refuse(get("Content-Length: "s + big + "\r\n"), 400, "content_length_overflow");
  refuse(get("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, "content_length_repeated");
  refuse(get("Content-Length: 5\r\ncontent-length: 6\r\n"), 400, "content_length_repeated");
}

TEST(H1Request, ReadsTransferEncoding) {
  for (auto text : {"chunked", "Chunked", "CHUNKED", " chunked\t"}) {
    auto r = accept(get("Transfer-Encoding:"s + text + "\r\n"));
    EXPECT_EQ(r.body, Body::chunked);
    EXPECT_EQ(r.message_length, unknown_length);
    EXPECT_EQ(r.field("Transfer-Encoding"), "(none)");
  }
  for (auto bad : {"", "gzip", "xchunked", "chunkedx", "chunked, chunked", "gzip, chunked", "chunked, gzip",
                   "identity", "chunked;q=1", "\"chunked\"", "chunked,", ",chunked", "chunk ed", "'chunked'",
                   "deflate", "chunked\x80", "x chunked", "chunked identity"})
    refuse(get("Transfer-Encoding: "s + bad + "\r\n"), 400, "transfer_encoding_not_chunked");
  refuse(get("Transfer-Encoding: \vchunked\r\n"), 400, "control_in_field");
  refuse(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400,
         "transfer_encoding_repeated");
  refuse(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400,
         "transfer_encoding_repeated");
  refuse(get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400,
         "content_length_with_transfer_encoding");
  refuse(get("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400,
         "content_length_with_transfer_encoding");
  refuse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "transfer_encoding_on_http10");
  // Names that look like it are fields like others.
  EXPECT_EQ(accept(get("Transfer_Encoding: chunked\r\n")).body, Body::none);
  EXPECT_EQ(accept(get("X-Transfer-Encoding: chunked\r\n")).body, Body::none);
}

TEST(H1Request, ConsumesHopByHopFields) {
  auto r = accept(
      get("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\nTE: trailers\r\n"
          "Trailer: X\r\nUpgrade: websocket\r\nHTTP2-Settings: AAA\r\nProxy-Authorization: Basic eA==\r\n"
          "Proxy-Authenticate: Basic\r\nX: y\r\n"));
  EXPECT_EQ(r.fields.size(), 1u);
  EXPECT_EQ(r.field("X"), "y");
  EXPECT_TRUE(r.accepts_trailers);
  EXPECT_TRUE(r.keep_alive);
  EXPECT_EQ(r.upgrade, "");  // Connection did not say so
}

TEST(H1Request, RemovesWhatConnectionNames) {
  auto r = accept(get(
      "A: 1\r\nConnection: a, close ,x-B,, \r\nX-b: 2\r\nC: 3\r\nConnection: D\r\nD: 4\r\nCookie: 5\r\n"));
  ASSERT_EQ(r.fields.size(), 2u);
  EXPECT_EQ(r.field("C"), "3");
  EXPECT_EQ(r.field("Cookie"), "5");
  EXPECT_FALSE(r.keep_alive);
  EXPECT_EQ(
      accept(get("Connection: cookie, authorization\r\nCookie: a\r\nAuthorization: b\r\n")).fields.size(),
      0u);
}

TEST(H1Request, KeepsWhatCannotBeNominatedAway) {
  auto r =
      accept(get("Connection: host, content-length, transfer-encoding, x-forwarded-for, X-Forwarded-Proto, "
                 "x-forwarded-foo, "
                 "via, forwarded, x-real-ip, client-cert\r\nContent-Length: 5\r\nX-Forwarded-For: 1\r\n"
                 "x-forwarded-proto: 2\r\nX-Forwarded-Foo: 3\r\nVia: 4\r\nForwarded: 5\r\nX-Real-IP: "
                 "6\r\nClient-Cert: 7\r\n"));
  EXPECT_EQ(r.fields.size(), 7u);
  EXPECT_EQ(r.length, 5u);
  EXPECT_EQ(r.host, "a");
}

TEST(H1Request, BoundsConnectionOptions) {
  std::string many = "Connection: x";
  for (int i = 1; i < 100; ++i) many += ",x";
  accept(get(many + "\r\n"));
  refuse(get(many + ",x\r\n"), 400, "too_many_connection_options");
  refuse(get(many + "\r\nConnection: x\r\n"), 400, "too_many_connection_options");
  refuse(get("Connection: x" + std::string(1000, ',') + "\r\n"), 400, "too_many_connection_options");
}

TEST(H1Request, RefusesConnectionOptionsThatAreNoTokens) {
  for (auto bad : {"a b", "close;x", "\"close\"", "keep-alive, a/b", "close\x80"})
    refuse(get("Connection: "s + bad + "\r\n"), 400, "connection_malformed");
}

TEST(H1Request, NotesAnUpgrade) {
  EXPECT_EQ(accept(get("Connection: Upgrade\r\nUpgrade: websocket\r\n")).upgrade, "websocket");
  EXPECT_EQ(accept(get("Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n")).upgrade, "WebSocket");
  EXPECT_EQ(accept(get("Upgrade: foo/2, bar\r\nConnection: upgrade\r\n")).upgrade, "foo/2");
  EXPECT_EQ(accept(get("Upgrade: h2c, websocket\r\nConnection: upgrade\r\n")).upgrade, "websocket");
  for (auto none : {"h2c", "H2C", "h2", "HTTP/2.0", "h2c, HTTP/3", "", ",", "a b", "/", "a/"})
    EXPECT_EQ(accept(get("Connection: upgrade, http2-settings\r\nUpgrade: "s + none +
                         "\r\nHTTP2-Settings: AAA\r\n"))
                  .upgrade,
              "")
        << none;
  // A request with a body, or of HTTP/1.0, stays what it is.
  EXPECT_EQ(accept(get("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n")).upgrade, "");
  EXPECT_EQ(accept("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n").upgrade, "");
}

TEST(H1Request, NotesExpectations) {
  EXPECT_TRUE(accept(get("Expect: 100-continue\r\nContent-Length: 5\r\n")).expects_continue);
  EXPECT_TRUE(accept(get("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n")).expects_continue);
  EXPECT_FALSE(accept(get("Expect: 100-continue\r\n")).expects_continue);  // there is nothing to wait for
  EXPECT_FALSE(
      accept("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").expects_continue);
  accept("POST / HTTP/1.0\r\nExpect: other\r\n\r\n");
  for (auto other : {"", "200-ok", "100-continue, x", "100-continue;a=b", "100"})
    refuse(get("Expect: "s + other + "\r\n"), 417, "unknown_expectation");
}

TEST(H1Request, NotesWhetherTrailersAreWelcome) {
  for (auto yes : {"trailers", "Trailers", "gzip, trailers", "trailers;q=0.5", "deflate;q=1,trailers"})
    EXPECT_TRUE(accept(get("TE: "s + yes + "\r\n")).accepts_trailers) << yes;
  for (auto no : {"", "gzip", "xtrailers", "trailersx", "chunked"})
    EXPECT_FALSE(accept(get("TE: "s + no + "\r\n")).accepts_trailers) << no;
}

TEST(H1Request, LimitsTheHead) {
  HeadLimits limits;
  limits.head = 200;
  auto head = get("X: \r\n");
  auto exact = get("X: " + std::string(limits.head - head.size(), 'a') + "\r\n");
  auto above = get("X: " + std::string(limits.head - head.size() + 1, 'a') + "\r\n");
  EXPECT_TRUE(read_request(exact, {}, limits).done());
  EXPECT_TRUE(read_request(exact, every_end(exact.size()), limits).done());
  for (auto& ends : {std::vector<std::size_t>{}, every_end(above.size())}) {
    auto r = read_request(above, ends, limits);
    EXPECT_EQ(r.fault, 431);
    EXPECT_EQ(r.cause, "head_too_large");
  }
  // Refused at the limit, not when the line ends.
  EXPECT_EQ(read_request(above.substr(0, limits.head), {}, limits).fault, 431);
  EXPECT_EQ(read_request(above.substr(0, limits.head - 1), {}, limits).state, Progress::State::need_more);
}

TEST(H1Request, LimitsTheTarget) {
  HeadLimits limits;
  limits.target = 100;
  auto of = [](std::size_t n) { return target("/" + std::string(n - 1, 'a')); };
  EXPECT_TRUE(read_request(of(100), {}, limits).done());
  EXPECT_TRUE(read_request(of(100), every_end(of(100).size()), limits).done());
  EXPECT_EQ(read_request(of(101), {}, limits).fault, 414);
  EXPECT_EQ(read_request(of(101), {}, limits).cause, "target_too_long");
  EXPECT_EQ(read_request(of(101), every_end(of(101).size()), limits).fault, 414);
  EXPECT_EQ(read_request(of(500).substr(0, 200), {}, limits).fault, 414);  // before the line's end
}

TEST(H1Request, LimitsFields) {
  HeadLimits limits;
  limits.fields = 3;
  EXPECT_TRUE(read_request(get("A: b\r\nC: d\r\n"), {}, limits).done());
  auto r = read_request(get("A: b\r\nC: d\r\nE: f\r\n"), {}, limits);
  EXPECT_EQ(r.fault, 431);
  EXPECT_EQ(r.cause, "too_many_fields");
  // Those that are consumed count too.
  EXPECT_EQ(read_request(get("A: b\r\nTE: d\r\nKeep-Alive: f\r\n"), {}, limits).fault, 431);
}

TEST(H1Request, LimitsTheMethod) {
  accept(line(std::string(64, 'M') + " / HTTP/1.1"));
  refuse(line(std::string(65, 'M') + " / HTTP/1.1"), 501, "method_too_long");
  EXPECT_EQ(read_request(std::string(65, 'M')).fault, 501);
}

TEST(H1Request, RefusesNonsenseAtOnce) {
  EXPECT_EQ(read_request("\x16\x03\x01\x02").cause, "bad_method");
  EXPECT_EQ(read_request("GET\r").fault, 400);
  EXPECT_EQ(read_request("{").fault, 400);
}

TEST(H1Request, WaitsForTheRest) {
  auto text = get("X: y\r\n");
  for (std::size_t i = 0; i < text.size(); ++i)
    EXPECT_EQ(read_request(text.substr(0, i)).state, Progress::State::need_more) << i;
}

TEST(H1Request, ReadsAgainAfterItsBufferMoved) {
  auto text = get("X-First: 1\r\nX-Second: 2\r\n");
  for (std::size_t i = 0; i < text.size(); ++i) {
    Arena arena;
    Request request(arena);
    Framing framing;
    RequestParser parser({});
    {
      Exact first(text.substr(0, i));
      ASSERT_EQ(parser.feed(first.first(i), request, framing).state, Progress::State::need_more);
    }
    parser.reset(request);
    Exact second(text);
    ASSERT_EQ(parser.feed(second.first(text.size()), request, framing).state, Progress::State::done);
    EXPECT_EQ(request.fields.size(), 2u);
    EXPECT_EQ(request.fields.get("x-second"), "2");
  }
}

TEST(H1Request, ForgetsTheRequestBefore) {
  Arena arena;
  Request request(arena);
  Framing framing;
  RequestParser parser({});
  auto first =
      "POST /a?b HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"s;
  ASSERT_EQ(parser.feed(first, request, framing).state, Progress::State::done);
  parser.reset(request);
  arena.reset();
  auto second = "GET / HTTP/1.0\r\n\r\n"s;
  ASSERT_EQ(parser.feed(second, request, framing).state, Progress::State::done);
  EXPECT_EQ(request.authority, "");
  EXPECT_EQ(request.host, "");
  EXPECT_FALSE(request.has_query);
  EXPECT_FALSE(request.accepts_trailers);
  EXPECT_FALSE(request.expects_continue);
  EXPECT_EQ(request.length, 0u);
  EXPECT_EQ(framing.body, Body::none);
}

}  // namespace
}  // namespace sluice::http
