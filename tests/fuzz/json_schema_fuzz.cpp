// A schema and a document, cut apart at the first NUL: whatever compiles, checks in bounded work, and says of
// a document that is invalid why.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "filters/validate/schema/json_schema.hpp"

namespace {

using namespace sluice;
using namespace sluice::filters::validate;

void demand(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto cut = std::min(input.find('\0'), input.size());
  std::vector<std::string> errors;
  auto schema = JsonSchema::from_text(input.substr(0, cut), "fuzz:schema", {true, {}}, errors);
  demand((schema == nullptr) == !errors.empty());
  json::Document document;
  if (!schema || document.read(input.substr(std::min(cut + 1, size)), {})) return 0;
  Scratch scratch;
  auto outcome = schema->check(document, scratch);
  auto faults = schema->explain(document, scratch, 5);
  demand(faults.size() <= 5 && scratch.marks.empty());
  if (outcome == JsonSchema::Outcome::valid) demand(faults.empty());
  if (outcome == JsonSchema::Outcome::invalid) demand(!faults.empty());
  return 0;
}
