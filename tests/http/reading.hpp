// Heads read for tests: in one piece, in two, byte by byte, with a buffer that moves.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1_parser.hpp"

namespace sluice::http::testing {

// What a parser made of some bytes, copied out of their buffer so that two can be compared.
struct Reading {
  Progress::State state = Progress::State::need_more;
  std::uint16_t fault = 0;
  std::string cause;
  std::size_t head_size = 0;

  Framing::Body body = Framing::Body::none;
  int minor = 1;
  bool keep_alive = true;
  std::uint64_t length = 0;
  std::string upgrade;

  std::string method, authority, host, path, query;
  bool has_query = false;
  bool expects_continue = false;
  bool accepts_trailers = false;
  std::uint64_t message_length = 0;
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> fields;

  bool done() const { return state == Progress::State::done; }
  bool refused() const { return state == Progress::State::fault; }
  bool operator==(const Reading&) const = default;

  std::string field(std::string_view name) const {
    for (auto& [n, v] : fields)
      if (n == name) return v;
    return "(none)";
  }
};

inline void note(Reading& r, const Progress& progress, const Framing& framing, const Fields& fields) {
  r.state = progress.state;
  r.fault = progress.fault.status;
  r.cause = progress.fault ? progress.fault.cause : "";
  r.head_size = progress.head_size;
  if (!r.done()) return;
  r.body = framing.body;
  r.minor = framing.minor;
  r.keep_alive = framing.keep_alive;
  r.length = framing.length;
  r.upgrade = framing.upgrade;
  for (auto& f : fields) r.fields.emplace_back(f.name, f.value);
}

// The bytes in memory of exactly their size, so that a sanitizer sees a read beyond them.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
  }
  std::string_view first(std::size_t n) const { return {bytes_.get(), n}; }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

// Feeds `text` up to each of `ends` in turn, and then whole.
inline Reading read_request(std::string_view text, const std::vector<std::size_t>& ends = {},
                            const HeadLimits& limits = {}) {
  Exact bytes(text);
  Arena arena;
  Request request(arena);
  Framing framing;
  RequestParser parser(limits);
  Progress progress;
  for (auto end : ends)
    if (progress.state == Progress::State::need_more)
      progress = parser.feed(bytes.first(end), request, framing);
  if (progress.state == Progress::State::need_more)
    progress = parser.feed(bytes.first(bytes.size()), request, framing);
  Reading r;
  note(r, progress, framing, request.fields);
  if (!r.done()) return r;
  r.method = request.method_text;
  r.authority = request.authority;
  r.host = request.host;
  r.path = request.path;
  r.query = request.query;
  r.has_query = request.has_query;
  r.expects_continue = request.expects_continue;
  r.accepts_trailers = request.accepts_trailers;
  r.message_length = request.length;
  return r;
}

inline Reading read_response(std::string_view text, Method asked = Method::get,
                             const std::vector<std::size_t>& ends = {}, const HeadLimits& limits = {}) {
  Exact bytes(text);
  Arena arena;
  Response response(arena);
  Framing framing;
  ResponseParser parser(limits);
  Progress progress;
  for (auto end : ends)
    if (progress.state == Progress::State::need_more)
      progress = parser.feed(bytes.first(end), asked, response, framing);
  if (progress.state == Progress::State::need_more)
    progress = parser.feed(bytes.first(bytes.size()), asked, response, framing);
  Reading r;
  note(r, progress, framing, response.fields);
  if (!r.done()) return r;
  r.status = response.status;
  r.message_length = response.length;
  return r;
}

inline std::vector<std::size_t> every_end(std::size_t size) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < size; ++i) ends.push_back(i);
  return ends;
}

}  // namespace sluice::http::testing
