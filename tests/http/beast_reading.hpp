// The same head as Boost.Beast's parser reads it: a second opinion for differential tests.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/head.hpp"

namespace sluice::http::testing {

struct BeastReading {
  bool accepted = false;  // a whole head, without a fault
  std::string fault;
  std::size_t head_size = 0;
  Framing::Body body = Framing::Body::none;
  std::uint64_t length = 0;
  std::vector<std::pair<std::string, std::string>> fields;
};

template <bool is_request>
class BeastParser : public boost::beast::http::basic_parser<is_request> {
 public:
  std::vector<std::pair<std::string, std::string>> fields;

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Size = boost::optional<std::uint64_t>;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Code& ec) override { ec = {}; }
  void on_response_impl(int, Text, int, Code& ec) override { ec = {}; }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Code& ec) override {
    fields.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    ec = {};
  }
  void on_header_impl(Code& ec) override { ec = {}; }
  void on_body_init_impl(const Size&, Code& ec) override { ec = {}; }
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
};

template <bool is_request>
BeastReading read_by_beast(std::string_view head, bool without_body = false) {
  BeastParser<is_request> parser;
  parser.header_limit(1 << 20);
  parser.body_limit(boost::none);
  parser.skip(without_body);
  boost::beast::error_code ec;
  BeastReading r;
  r.head_size = parser.put(boost::asio::buffer(head.data(), head.size()), ec);
  r.accepted = !ec && parser.is_header_done();
  r.fault = ec ? ec.message() : "";
  r.fields = std::move(parser.fields);
  if (!r.accepted || parser.is_done()) return r;
  if (parser.chunked()) {
    r.body = Framing::Body::chunked;
    r.length = ~std::uint64_t{0};
  } else if (auto length = parser.content_length()) {
    r.body = *length ? Framing::Body::length : Framing::Body::none;
    r.length = *length;
  } else if (parser.need_eof()) {
    r.body = Framing::Body::until_close;
    r.length = ~std::uint64_t{0};
  }
  return r;
}

}  // namespace sluice::http::testing
