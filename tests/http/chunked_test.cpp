#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::http {
namespace {

using namespace std::string_literals;

struct Read {
  std::string body;
  std::string cause;
  bool end = false;
  std::size_t consumed = 0;
  std::vector<std::pair<std::string, std::string>> trailers;
  bool operator==(const Read&) const = default;
};

// Pieces of `step` bytes, each in memory of its own, and at most `max` of data at once.
Read decode(std::string_view coded, std::size_t step, std::size_t max = 1 << 20, ChunkLimits limits = {}) {
  ChunkedDecoder decoder(limits);
  Read r;
  while (r.consumed < coded.size() && !r.end) {
    std::vector<char> piece(
        coded.begin() + static_cast<std::ptrdiff_t>(r.consumed),
        coded.begin() + static_cast<std::ptrdiff_t>(std::min(r.consumed + step, coded.size())));
    auto d = decoder.decode(piece, max);
    EXPECT_LE(d.data.size(), max);
    if (!d.data.empty()) {
      EXPECT_GE(d.data.data(), piece.data());
      EXPECT_LE(d.data.data() + d.data.size(), piece.data() + d.consumed);
    }
    if (d.fault) {
      EXPECT_EQ(d.fault.status, 400);
      r.cause = d.fault.cause;
      EXPECT_TRUE(decoder.decode(piece, max).fault);
      return r;
    }
    EXPECT_TRUE(d.consumed > 0);
    r.body += d.data;
    r.consumed += d.consumed;
    r.end = d.end;
  }
  if (decoder.trailers())
    for (auto& f : *decoder.trailers()) r.trailers.emplace_back(f.name, f.value);
  return r;
}

Read accept(const std::string& coded) {
  auto whole = decode(coded, coded.size());
  EXPECT_EQ(whole.cause, "") << coded;
  EXPECT_TRUE(whole.end) << coded;
  EXPECT_EQ(whole.consumed, coded.size());
  for (std::size_t step = 1; step < coded.size(); ++step)
    EXPECT_EQ(decode(coded, step), whole) << coded << " by " << step;
  for (std::size_t max = 1; max < 20; ++max)
    EXPECT_EQ(decode(coded, coded.size(), max), whole) << coded << " max " << max;
  EXPECT_EQ(decode(coded + "GET / HTTP/1.1\r\n", coded.size() + 16), whole) << coded << " pipelined";
  return whole;
}

void refuse(const std::string& coded, std::string_view cause) {
  EXPECT_EQ(decode(coded, coded.size()).cause, cause) << coded;
  EXPECT_EQ(decode(coded, 1).cause, cause) << coded << " byte by byte";
}

TEST(Chunked, DecodesBodies) {
  EXPECT_EQ(accept("0\r\n\r\n").body, "");
  EXPECT_EQ(accept("5\r\nhello\r\n0\r\n\r\n").body, "hello");
  EXPECT_EQ(accept("5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n").body, "hello, world");
  EXPECT_EQ(accept("00A\r\n0123456789\r\n000\r\n\r\n").body, "0123456789");
  EXPECT_EQ(accept("a\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n").body, "\r\n\r\n\r\n\r\n\r\n");
  EXPECT_EQ(
      accept("1F\r\n" + std::string(31, 'x') + "\r\n1f\r\n" + std::string(31, 'y') + "\r\n0\r\n\r\n").body,
      std::string(31, 'x') + std::string(31, 'y'));
}

TEST(Chunked, RefusesBadSizes) {
  for (auto size :
       {"", "+5", "-5", "0x5", "5_0", " 5", "g", "\t5", "\"5\"", "5,5", "5.0", "x", "_", "5h", "\0"})
    refuse(size + "\r\nhello\r\n0\r\n\r\n"s, "chunk_size_malformed");
  refuse("5\x01\r\nhello\r\n", "chunk_size_malformed");
  refuse("5\nhello\r\n", "chunk_size_malformed");
  refuse("5\rhello\r\n", "chunk_bare_cr");
  refuse("5\r\rhello\r\n", "chunk_bare_cr");
  refuse("5 \r\nhello\r\n", "chunk_extension_malformed");
  refuse("5 5\r\nhello\r\n", "chunk_extension_malformed");
  refuse("5\t\r\nhello\r\n", "chunk_extension_malformed");
  refuse("\r\n0\r\n\r\n", "chunk_size_malformed");
  for (auto big : {"10000000000000000", "00000000000000005", "fffffffffffffffff", "ffffffffffffffff0"})
    refuse(big + "\r\n"s, "chunk_size_overflow");
}

TEST(Chunked, TakesTheLargestSize) {
  EXPECT_EQ(decode("ffffffffffffffff\r\nabc", 100).cause, "");
  EXPECT_EQ(decode("ffffffffffffffff\r\nabc", 100).body, "abc");
}

TEST(Chunked, RefusesDataLongerThanAnnounced) {
  refuse("5\r\nhello!\r\n0\r\n\r\n", "chunk_longer_than_announced");
  refuse("5\r\nhello\n0\r\n\r\n", "chunk_longer_than_announced");
  refuse("5\r\nhello\r0\r\n\r\n", "chunk_longer_than_announced");
  refuse("5\r\nhello0\r\n\r\n", "chunk_longer_than_announced");
  refuse("6\r\nhello\r\n0\r\n\r\n", "chunk_longer_than_announced");
}

TEST(Chunked, ReadsExtensionsByTheirGrammar) {
  for (auto ext : {";a", ";a=b", ";a=\"b c\"", ";a;b=c;d", " ; a", "\t;a", ";a = b", "; a ;b", ";a=\"\\\"\"",
                   ";a=\"\"", ";a=\"\x80\";b", ";!#$=%&'", ";a=\";\"", ";a=\"\\\\\""})
    EXPECT_EQ(accept("5"s + ext + "\r\nhello\r\n0" + ext + "\r\n\r\n").body, "hello") << ext;
  for (auto ext :
       {";",         ";;a",         ";a;",           "; ",     ";a=",    ";a=;b", ";=b",       ";a=\"b",
        ";a=\"b\"c", ";a=\"b\\",    ";a b",          ";a=b c", ";a ",    ";a=b ", ";a=\"b\" ", ";a=\x80",
        ";\x80",     ";a=\"\x01\"", ";a=\"\\\x01\"", ";a==b",  ";a=(b)", ";a,b",  ";a\x01",    ";a=\"\n\""})
    EXPECT_EQ(decode("5"s + ext + "\r\nhello\r\n0\r\n\r\n", 1000).cause, "chunk_extension_malformed") << ext;
  refuse("5;a\nhello\r\n", "chunk_extension_malformed");
  refuse("5;a=b\rhello\r\n", "chunk_bare_cr");
}

TEST(Chunked, BoundsExtensionsInAll) {
  ChunkLimits limits;
  limits.extensions = 20;
  std::string chunk = "1;a=bcd\r\nx\r\n";  // counted from after ';' up to CR: 6 bytes
  EXPECT_EQ(decode(chunk + chunk + chunk + "0\r\n\r\n", 1000, 1000, limits).body, "xxx");
  EXPECT_EQ(decode(chunk + chunk + chunk + chunk, 1000, 1000, limits).cause, "chunk_extensions_too_large");
  EXPECT_EQ(decode("1;" + std::string(100000, 'a'), 1).cause, "chunk_extensions_too_large");
}

TEST(Chunked, ReadsTrailers) {
  auto r = accept("1\r\nx\r\n0\r\nX-Sum: 1\r\nGrpc-Status:  0 \r\n\r\n");
  ASSERT_EQ(r.trailers.size(), 2u);
  EXPECT_EQ(r.trailers[0], std::pair("X-Sum"s, "1"s));
  EXPECT_EQ(r.trailers[1], std::pair("Grpc-Status"s, "0"s));
}

TEST(Chunked, DropsDangerousTrailers) {
  for (auto name : {"Transfer-Encoding",
                    "Content-Length",
                    "Host",
                    "Connection",
                    "Trailer",
                    "TE",
                    "Upgrade",
                    "Expect",
                    "Authorization",
                    "Cookie",
                    "Set-Cookie",
                    "Proxy-Authorization",
                    "WWW-Authenticate",
                    "Cache-Control",
                    "Content-Type",
                    "Content-Encoding",
                    "Content-Range",
                    "Range",
                    "If-Match",
                    "Location",
                    "X-Forwarded-For",
                    "X-Forwarded-Foo",
                    "X-Real-IP",
                    "Forwarded",
                    "Via",
                    "X-Request-ID",
                    "Max-Forwards",
                    "transfer_encoding",
                    "x_forwarded_for",
                    "X-Original-URL",
                    "Client-Cert",
                    "Client-Cert-Chain",
                    "Vary",
                    "Age",
                    "Expires",
                    "Date",
                    "Access-Control-Allow-Origin",
                    "Origin",
                    "HOST"})
    EXPECT_EQ(accept("0\r\n"s + name + ": 1\r\nX: 2\r\n\r\n").trailers.size(), 1u) << name;
  for (auto name : {"ETag", "X-Checksum", "Server-Timing", "Digest", "grpc-message", "Cache-Status"})
    EXPECT_EQ(accept("0\r\n"s + name + ": 1\r\n\r\n").trailers.size(), 1u) << name;
}

TEST(Chunked, RefusesBrokenTrailers) {
  refuse("0\r\nX : a\r\n\r\n", "space_in_field_name");
  refuse("0\r\nX: a\r\n b\r\n\r\n", "obs_fold");
  refuse("0\r\n: a\r\n\r\n", "empty_field_name");
  refuse("0\r\nX\r\n\r\n", "field_without_colon");
  refuse("0\r\nX: a\nY: b\r\n\r\n", "bare_lf");
  refuse("0\r\nX: a\rY: b\r\n\r\n", "bare_cr");
  refuse("0\r\n\rX: a\r\n\r\n", "bare_cr");
  refuse("0\r\n\n", "bare_lf");
  refuse("0\r\nX: a\x01\r\n\r\n", "control_in_field");
  refuse("0\r\nContent Length: 5\r\n\r\n", "space_in_field_name");
}

TEST(Chunked, BoundsTrailers) {
  ChunkLimits limits;
  limits.trailers = 20;
  limits.trailer_fields = 2;
  EXPECT_EQ(decode("0\r\nX: 012345678901\r\n\r\n", 1, 100, limits).cause,
            "");  // 19 bytes with the empty line
  EXPECT_EQ(decode("0\r\nX: 01234567890123\r\n\r\n", 1, 100, limits).cause, "trailers_too_large");
  EXPECT_EQ(decode("0\r\nX: 01234567890123\r\n\r\n", 100, 100, limits).cause, "trailers_too_large");
  EXPECT_EQ(decode("0\r\nA:\r\nB:\r\n\r\n", 1, 100, limits).cause, "");
  EXPECT_EQ(decode("0\r\nA:\r\nB:\r\nC:\r\n\r\n", 1, 100, limits).cause, "too_many_trailers");
}

TEST(Chunked, MovesSmallChunksTogether) {
  auto coded = "2\r\nab\r\n2\r\ncd\r\n3\r\nefg\r\n"s;
  ChunkedDecoder decoder;
  auto d = decoder.decode(coded, 100);
  EXPECT_EQ(d.data, "abcdefg");
  EXPECT_EQ(d.data.data(), coded.data() + 3);
  EXPECT_EQ(d.consumed, coded.size());
}

TEST(Chunked, EncodesWhatItDecodes) {
  for (std::uint64_t size :
       {1ull, 9ull, 15ull, 16ull, 255ull, 256ull, 65535ull, 65536ull, 0xffffffffffffffffull}) {
    char head[max_chunk_head];
    auto n = write_chunk_head(head, size);
    ASSERT_LE(n, max_chunk_head);
    EXPECT_EQ(std::stoull(std::string(head, n), nullptr, 16), size);
    EXPECT_EQ(std::string_view(head + n - 2, 2), "\r\n");
  }
  Arena arena;
  Fields trailers(arena);
  trailers.add("X-Sum", "1");
  trailers.add("Content-Length", "5");
  trailers.add("X-Bad", "a\r\nEvil: 1");
  trailers.add("X Bad", "a");
  std::string last(last_chunk_size(&trailers), '\0');
  EXPECT_EQ(write_last_chunk(last.data(), &trailers), last.data() + last.size());
  EXPECT_EQ(last, "0\r\nX-Sum: 1\r\n\r\n");
  EXPECT_EQ(last_chunk_size(nullptr), 5u);
}

}  // namespace
}  // namespace sluice::http
