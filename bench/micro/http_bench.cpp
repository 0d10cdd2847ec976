// Request heads through our parser, and through Boost.Beast's behind a pass that refuses what Beast would let
// by: the measurement behind docs/decisions/http1-parser.md.
#include <benchmark/benchmark.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/field.hpp>
#include <string>

#include "http/authority.hpp"
#include "http/chars.hpp"
#include "http/chunked.hpp"
#include "http/h1_parser.hpp"
#include "http/h1_writer.hpp"
#include "http/target.hpp"

namespace {

using namespace sluice;
using namespace sluice::http;
namespace beast = boost::beast;

const std::string curl =
    "GET /api/users/42?full=1 HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: "
    "*/*\r\n\r\n";

const std::string browser =
    "GET /api/users/42?full=1 HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\nUpgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nAccept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-US,en;q=0.9\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "If-None-Match: \"0123456789abcdef\"\r\n\r\n";

[[gnu::noinline]] bool read_ours(std::string_view text, Request& request) {
  Framing framing;
  RequestParser parser({});
  return parser.feed(text, request, framing).state == Progress::State::done;
}

// Beast's field to ours, so that no name is looked up twice.
const auto ids = [] {
  std::array<FieldId, 512> table{};
  for (std::size_t i = 0; i < table.size() && i <= static_cast<std::size_t>(beast::http::field::xref); ++i) {
    auto name = beast::http::to_string(static_cast<beast::http::field>(i));
    table[i] = field_id({name.data(), name.size()});
  }
  return table;
}();

// What Beast lets by: folds, controls, bad targets, leading empty lines.
[[gnu::noinline]] std::string_view check_before_beast(std::string_view text) {
  for (int i = 0; i < 4 && text.starts_with("\r\n"); ++i) text.remove_prefix(2);
  const char* at = text.data();
  const char* last = at + text.size();
  const char* target = std::find(at, last, ' ') + 1;
  const char* end = graphic_end(target, last);
  if (end == last || *end != ' ' || std::find(target, end, '#') != end) return {};
  for (at = end + 1;;) {
    const char* stop = text_end(at, last);
    if (last - stop < 2 || stop[0] != '\r' || stop[1] != '\n') return {};
    if (stop == at) return text;
    at = stop + 2;
    if (at == last || is_blank(*at)) return {};
  }
}

class BeastRequest : public beast::http::basic_parser<true> {
 public:
  explicit BeastRequest(Request& into) : into_(into) {}
  bool good = true;
  std::string_view host;

 private:
  using Code = beast::error_code;
  using Text = beast::string_view;

  void on_request_impl(beast::http::verb, Text method, Text target, int, Code& ec) override {
    ec = {};
    into_.method_text = {method.data(), method.size()};
    auto split = split_target({target.data(), target.size()});
    auto path = normalise_path(split.path, true, into_.fields.arena());
    good &= static_cast<bool>(path);
    if (path) into_.path = *path;
    into_.query = split.query;
    into_.has_query = split.has_query;
  }
  void on_response_impl(int, Text, int, Code& ec) override { ec = {}; }
  void on_field_impl(beast::http::field f, Text name, Text text, Code& ec) override {
    ec = {};
    std::string_view value(text.data(), text.size());
    switch (auto id = ids[static_cast<std::size_t>(f)]) {
      case FieldId::host:
        good &= host.empty();
        host = value;
        break;
      case FieldId::content_length:
        good &= std::all_of(value.begin(), value.end(), [](char c) { return sluice::http::is_digit(c); });
        break;
      case FieldId::transfer_encoding:
        good &= same_name(value, "chunked");
        break;
      case FieldId::connection:
      case FieldId::keep_alive:
      case FieldId::te:
      case FieldId::upgrade:
        break;
      default:
        into_.fields.add(id, {name.data(), name.size()}, value);
    }
  }
  void on_header_impl(Code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code& ec) override { ec = {}; }
  std::size_t on_body_impl(Text s, Code& ec) override {
    ec = {};
    return s.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text s, Code& ec) override {
    ec = {};
    return s.size();
  }
  void on_finish_impl(Code& ec) override { ec = {}; }

  Request& into_;
};

[[gnu::noinline]] bool read_beast(std::string_view text, Request& request) {
  auto head = check_before_beast(text);
  if (head.empty()) return false;
  BeastRequest parser(request);
  beast::error_code ec;
  parser.put(boost::asio::buffer(head.data(), head.size()), ec);
  if (ec || !parser.is_header_done() || !parser.good) return false;
  auto authority = parse_authority(parser.host, request.fields.arena());
  if (!authority) return false;
  request.authority = authority->text;
  request.host = authority->host;
  return true;
}

template <bool (*read)(std::string_view, Request&)>
void head(benchmark::State& state, const std::string& text) {
  Arena arena;
  for (auto _ : state) {
    Request request(arena);
    if (!read(text, request)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(request.fields.size());
    arena.reset();
  }
}

constexpr auto ours = head<read_ours>;
constexpr auto theirs = head<read_beast>;

// A fixed count: an instruction count divided by it is the price of one.
constexpr int heads = 100'000;
BENCHMARK_CAPTURE(ours, curl, curl)->Name("http/head/curl/ours")->Iterations(heads);
BENCHMARK_CAPTURE(theirs, curl, curl)->Name("http/head/curl/beast")->Iterations(heads);
BENCHMARK_CAPTURE(ours, browser, browser)->Name("http/head/browser/ours")->Iterations(heads);
BENCHMARK_CAPTURE(theirs, browser, browser)->Name("http/head/browser/beast")->Iterations(heads);

void write_response(benchmark::State& state) {
  Arena arena;
  Fields fields(arena);
  fields.add("Content-Type", "application/json");
  fields.add("Server", "upstream");
  fields.add("ETag", "\"0123456789abcdef\"");
  fields.add("X-Request-ID", "0190f5c4-7a3b-7c1d-8e2f-0123456789ab");
  ResponseHead answer;
  answer.fields = &fields;
  answer.body = Framing::Body::length;
  answer.length = 128;
  answer.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  char out[1024];
  for (auto _ : state) {
    if (head_size(answer) > sizeof out) state.SkipWithError("too long");
    benchmark::DoNotOptimize(write_head(answer, out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_response)->Name("http/write/response")->Iterations(heads);

// Chunks of this size in reads of 64 KiB.
void decode_chunks(benchmark::State& state) {
  auto size = static_cast<std::size_t>(state.range(0));
  std::string coded;
  while (coded.size() + size + 32 < 64 * 1024) {
    char digits[max_chunk_head];
    coded.append(digits, write_chunk_head(digits, size)).append(size, 'x').append(chunk_tail);
  }
  std::string buffer;
  for (auto _ : state) {
    buffer = coded;
    ChunkedDecoder decoder;
    auto d = decoder.decode(buffer, buffer.size());
    if (d.fault || d.consumed != buffer.size()) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * coded.size()));
}
BENCHMARK(decode_chunks)->Name("http/chunks")->Arg(16)->Arg(1024)->Arg(16384);

}  // namespace
