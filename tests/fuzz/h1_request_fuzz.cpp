// Any bytes as a request head: read whole and byte by byte with the same outcome, framed as Beast frames
// them, and what was understood survives being written and read again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "http/differential.hpp"
#include "http/h1_writer.hpp"
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

void rewrite(const Reading& r, std::string_view text) {
  Arena arena;
  Fields fields(arena);
  for (auto& [name, value] : r.fields) fields.add(name, value);
  RequestHead head;
  head.method = r.method;
  head.path = r.path;
  head.query = r.query;
  head.has_query = r.has_query;
  head.host = r.authority.empty() ? "none" : std::string_view(r.authority);
  head.fields = &fields;
  head.body = r.body;
  head.length = r.length;
  head.keep_alive = r.keep_alive;
  head.upgrade = r.upgrade;
  std::string written(head_size(head), '\0');
  demand(write_head(head, written.data()) == written.data() + written.size(), "measured wrongly", text);
  HeadLimits roomy;
  roomy.head = roomy.target = 1 << 20;
  auto again = read_request(written, {}, roomy);
  demand(again.done(), "cannot be read again: " + again.cause, written);
  demand(again.head_size == written.size() && again.path == r.path && again.query == r.query &&
             again.fields == r.fields && again.body == r.body && again.length == r.length &&
             again.upgrade == r.upgrade && again.method == r.method,
         "read differently again", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto whole = read_request(text);
  auto slow = read_request(text, every_end(size));
  // A line that is not complete yet may be refused at first sight or once it is.
  demand(whole.done() == slow.done() && (whole.refused() || !slow.refused()), "depends on how it arrives",
         text);
  if (!whole.done()) return 0;
  demand(whole == slow, "depends on how it arrives", text);
  auto difference = request_disagreement(whole, text);
  demand(difference.empty(), "Beast reads otherwise: " + difference, text);
  rewrite(whole, text);
  return 0;
}
