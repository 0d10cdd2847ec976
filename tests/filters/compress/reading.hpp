// A body read to its end, or to where it waits, by a reader that takes at most so many bytes at once.
//
//   Reader reader(*x.response.body);
//   reader.start();  loop.spin();
//   reader.bytes, reader.pieces, reader.ended, reader.error
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sluice/body.hpp"
#include "sluice/http.hpp"
#include "sluice/scope.hpp"

namespace sluice::filters::compress {

class Reader {
 public:
  explicit Reader(BodySource& body, std::size_t max = 64 * 1024) : body_(body), max_(max) {}

  void start() { scope_.spawn(run()); }
  void leave() { scope_.cancel(); }
  std::exception_ptr fault() const { return scope_.fault(); }

  std::string bytes;
  std::vector<std::size_t> pieces;
  std::string trailers;  // "Name: value\n" each
  bool ended = false;
  std::optional<Error> error;

 private:
  Task<Unit> run() {
    while (!ended) {
      auto reading = body_.read(max_);
      auto chunk = co_await reading;
      if (!chunk) {
        error = chunk.error();
        co_return Unit{};
      }
      bytes.append(chunk->bytes.data(), chunk->bytes.size());
      pieces.push_back(chunk->bytes.size());
      ended = chunk->end;
      if (chunk->trailers)
        for (auto& f : *chunk->trailers) trailers.append(f.name).append(": ").append(f.value).append("\n");
    }
    co_return Unit{};
  }

  BodySource& body_;
  std::size_t max_;
  Scope scope_;
};

}  // namespace sluice::filters::compress
