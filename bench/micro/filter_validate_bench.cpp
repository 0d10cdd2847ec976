// Reading a body of 1 KB and holding it against a schema: what `validate` costs a request.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <string>

#include "filters/validate/schema/json_schema.hpp"
#include "json/document.hpp"

namespace {

using namespace sluice;
using namespace sluice::filters::validate;

constexpr std::string_view report_schema = R"json({
  "type": "object",
  "required": ["id", "title", "created", "author", "severity", "items"],
  "additionalProperties": false,
  "properties": {
    "id": { "type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" },
    "title": { "type": "string", "minLength": 1, "maxLength": 120 },
    "created": { "type": "string", "format": "date-time" },
    "author": { "$ref": "#/$defs/person" },
    "severity": { "enum": ["low", "normal", "high"] },
    "public": { "type": "boolean" },
    "parent": { "type": ["string", "null"] },
    "text": { "type": "string", "maxLength": 4096 },
    "tags": { "type": "array", "maxItems": 16, "uniqueItems": true, "items": { "type": "string", "pattern": "^[a-z-]+$" } },
    "items": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/item" } }
  },
  "$defs": {
    "person": {
      "type": "object",
      "required": ["name", "email"],
      "properties": { "name": { "type": "string", "minLength": 1 }, "email": { "type": "string", "format": "email" } }
    },
    "item": {
      "type": "object",
      "required": ["sku", "quantity", "price"],
      "additionalProperties": false,
      "properties": {
        "sku": { "type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$" },
        "quantity": { "type": "integer", "minimum": 1, "maximum": 1000 },
        "price": { "type": "number", "minimum": 0 },
        "note": { "type": "string" }
      }
    }
  }
})json";

constexpr std::string_view report =
    R"({"id":"6f9619ff-8b86-4011-b42d-00c04fc964ff","title":"The lamp in the hall does not work any more",)"
    R"("created":"2024-05-17T09:12:33.120Z","author":{"name":"Ann Example","email":"ann@example.com"},)"
    R"("severity":"normal","public":true,"parent":null,"text":"It worked when we came in on Monday, flickered for )"
    R"(a day, and has been dark ever since. The fuse is sound, the bulb was changed twice, and the switch of the )"
    R"(neighbouring room, which hangs on the same wire, does what it should. Somebody ought to look at the socket )"
    R"(itself: there is a smell of dust that was too warm, and the plaster above it has turned brown. We have put a )"
    R"(sign on it, and the caretaker knows.","tags":["light","hall","urgent-ish"],"items":[)"
    R"({"sku":"LMP-0042","quantity":1,"price":19.99},{"sku":"BLB-1100","quantity":12,"price":2.5,"note":"warm white"},)"
    R"({"sku":"FUS-0010","quantity":4,"price":0.8},{"sku":"WIR-2200","quantity":25,"price":1,"note":"per metre"}]})";

struct Bench {
  std::vector<std::string> errors;
  std::unique_ptr<JsonSchema> schema =
      JsonSchema::from_text(report_schema, "bench:report", {.assert_formats = true}, errors);
  json::Document document;
  Scratch scratch;
};

void read_1k(benchmark::State& state) {
  Bench b;
  for (auto _ : state) benchmark::DoNotOptimize(b.document.read(report, {}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(report.size()));
}
BENCHMARK(read_1k);

void check_1k(benchmark::State& state) {
  Bench b;
  if (b.document.read(report, {})) return state.SkipWithError("unreadable");
  for (auto _ : state) {
    auto outcome = b.schema->check(b.document, b.scratch);
    if (outcome != JsonSchema::Outcome::valid) return state.SkipWithError("invalid");
  }
}
BENCHMARK(check_1k);

void read_and_check_1k(benchmark::State& state) {
  Bench b;
  for (auto _ : state) {
    benchmark::DoNotOptimize(b.document.read(report, {}));
    benchmark::DoNotOptimize(b.schema->check(b.document, b.scratch));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(report.size()));
}
BENCHMARK(read_and_check_1k);

}  // namespace
