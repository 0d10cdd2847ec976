// Any bytes as an upstream's answer, to GET and to HEAD: read whole and byte by byte with the same outcome,
// framed as Beast frames them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "http/differential.hpp"
#include "http/reading.hpp"

namespace {

using namespace sluice;
using namespace sluice::http;
using namespace sluice::http::testing;

void demand(bool good, const std::string& what, std::string_view text) {
  if (good) return;
  std::fprintf(stderr, "%s\n%.*s\n", what.c_str(), static_cast<int>(text.size()), text.data());
  std::abort();
}

void check(std::string_view text, Method asked) {
  auto whole = read_response(text, asked);
  auto slow = read_response(text, asked, every_end(text.size()));
  // A line that is not complete yet may be refused at first sight or once it is.
  demand(whole.done() == slow.done() && (whole.refused() || !slow.refused()), "depends on how it arrives",
         text);
  demand(!whole.refused() || whole.fault == 502, "not a 502", text);
  if (!whole.done()) return;
  demand(whole == slow, "depends on how it arrives", text);
  auto difference = response_disagreement(whole, text, asked);
  demand(difference.empty(), "Beast reads otherwise: " + difference, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text, Method::get);
  check(text, Method::head);
  return 0;
}
