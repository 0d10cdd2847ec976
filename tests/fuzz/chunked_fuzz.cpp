// Any bytes as a chunked body. The first byte chooses the size of the pieces that they come in and go out by.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/chunked.hpp"

namespace {

using namespace sluice;
using namespace sluice::http;

struct Read {
  std::string body;
  bool end = false;
  bool fault = false;
  std::size_t consumed = 0;
  std::string trailers;
  bool operator==(const Read&) const = default;
};

void demand(bool good) {
  if (!good) std::abort();
}

Read decode(std::string_view coded, std::size_t step, std::size_t max) {
  ChunkedDecoder decoder;
  Read r;
  while (r.consumed < coded.size() && !r.end && !r.fault) {
    auto piece_view = coded.substr(r.consumed, step);
    std::vector<char> piece(piece_view.begin(), piece_view.end());
    auto d = decoder.decode(piece, max);
    demand(d.data.size() <= max && d.consumed <= piece.size() && (d.fault || d.consumed > 0));
    r.fault = static_cast<bool>(d.fault);
    r.body += d.data;
    r.end = d.end;
    r.consumed += d.consumed;
  }
  if (r.fault) r = {};  // how far it came before depends on the pieces
  if (decoder.trailers())
    for (auto& f : *decoder.trailers()) ((r.trailers += f.name) += ':') += f.value;
  return r;
}

// What was decoded, encoded and decoded again.
void round_trip(const std::string& body) {
  std::string coded;
  for (std::size_t at = 0; at < body.size(); at += 100) {
    char head[max_chunk_head];
    auto data = std::string_view(body).substr(at, 100);
    coded.append(head, write_chunk_head(head, data.size()));
    (coded += data) += chunk_tail;
  }
  std::string last(last_chunk_size(nullptr), '\0');
  write_last_chunk(last.data(), nullptr);
  auto again = decode(coded + last, 1 << 20, 1 << 20);
  demand(again.end && again.body == body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view coded(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto whole = decode(coded, coded.size() + 1, coded.size() + 1);
  auto pieces = decode(coded, data[0] % 16 + 1, data[0] / 16 + 1);
  demand(whole == pieces);
  if (whole.end) round_trip(whole.body);
  return 0;
}
