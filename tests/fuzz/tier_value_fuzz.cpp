// Any bytes as what a store behind the cache's memory gave. What is believed of them comes out the same when
// it is written and read again, and no field of it can end a line.
#include <cstdint>
#include <cstdlib>

#include "filters/cache/tier_value.hpp"

namespace {

using namespace sluice;
using namespace sluice::filters::cache;

void demand(bool good) {
  if (!good) std::abort();
}

void check(const TierAnswer& answer) {
  std::vector<Field> lines(answer.fields.begin(), answer.fields.end());
  for (auto& f : lines) demand(f.value.find_first_of(std::string_view("\r\n\0", 3)) == f.value.npos);
  auto bytes = encode_answer(answer.head, lines, answer.body);
  Arena arena;
  auto again = decode(bytes, arena);
  demand(again && again->answer && again->answer->body == answer.body);
  demand(again->answer->head.url == answer.head.url && again->answer->head.tags == answer.head.tags);
  demand(again->answer->fields.size() == lines.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arena arena;
  auto value = decode({reinterpret_cast<const char*>(data), size}, arena);
  if (value && value->answer) check(*value->answer);
  if (value && !value->answer) demand(!value->vary.names().empty());
  return 0;
}
