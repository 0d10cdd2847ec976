// Reading a body of 1 KB and holding it against a schema: what `validate` costs a request, in one pass as for
// most bodies, and in two.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <string>

#include "filters/validate/schema/json_schema.hpp"
#include "json/document.hpp"

namespace {

using namespace sluice;
using namespace sluice::filters::validate;

// Sixty values, fifteen of them held against a pattern or a format.
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

// As many bytes, most of them in one text.
constexpr std::string_view note_schema = R"json({
  "type": "object",
  "required": ["id", "title", "text", "priority"],
  "additionalProperties": false,
  "properties": {
    "id": { "type": "integer", "minimum": 1 },
    "title": { "type": "string", "minLength": 1, "maxLength": 120 },
    "text": { "type": "string", "maxLength": 4096 },
    "author": { "type": "string", "pattern": "^[a-z.]+$" },
    "priority": { "type": "integer", "minimum": 1, "maximum": 5 },
    "status": { "enum": ["open", "waiting", "closed"] },
    "public": { "type": "boolean" },
    "estimate": { "type": ["number", "null"], "minimum": 0 },
    "tags": { "type": "array", "maxItems": 8, "items": { "type": "string", "maxLength": 40 } }
  }
})json";

constexpr std::string_view note =
    R"({"id":104233,"title":"The lamp in the hall does not work any more","text":"It worked when we came in on )"
    R"(Monday, flickered for a day, and has been dark ever since. The fuse is sound, the bulb was changed twice, and )"
    R"(the switch of the neighbouring room, which hangs on the same wire, does what it should. Somebody ought to look )"
    R"(at the socket itself: there is a smell of dust that was too warm, and the plaster above it has turned brown. )"
    R"(We have put a sign on it, and the caretaker knows. He has been there with a ladder and a torch, and says that )"
    R"(it is nothing that he would touch himself; the electrician has been called, who cannot come before Thursday of )"
    R"(next week, unless it is an emergency, which it is not as long as nobody uses that light. The children know of )"
    R"(it as well, and so does the cleaner, who comes on Wednesdays and Fridays before the office is opened.",)"
    R"("author":"ann.example","priority":3,"status":"waiting","public":true,"estimate":1.5,)"
    R"("tags":["light","hall","first floor"]})";

struct Bench {
  explicit Bench(std::string_view text) {
    schema = JsonSchema::from_text(text, "bench:schema", {true, {}}, errors);
  }

  std::vector<std::string> errors;
  std::unique_ptr<JsonSchema> schema;
  json::Document document;
  Scratch scratch;
};

void read(benchmark::State& state, std::string_view body) {
  json::Document document;
  for (auto _ : state) benchmark::DoNotOptimize(document.read(body, {}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK_CAPTURE(read, validate / dense_1k, report);
BENCHMARK_CAPTURE(read, validate / text_1k, note);

void check(benchmark::State& state, std::string_view schema, std::string_view body) {
  Bench b(schema);
  if (b.document.read(body, {})) return state.SkipWithError("unreadable");
  for (auto _ : state)
    if (b.schema->check(b.document, b.scratch) != JsonSchema::Outcome::valid)
      return state.SkipWithError("invalid");
}
BENCHMARK_CAPTURE(check, validate / dense_1k, report_schema, report);
BENCHMARK_CAPTURE(check, validate / text_1k, note_schema, note);

void read_and_check(benchmark::State& state, std::string_view schema, std::string_view body) {
  Bench b(schema);
  for (auto _ : state) {
    benchmark::DoNotOptimize(b.document.read(body, {}));
    benchmark::DoNotOptimize(b.schema->check(b.document, b.scratch));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK_CAPTURE(read_and_check, validate / dense_1k, report_schema, report);
BENCHMARK_CAPTURE(read_and_check, validate / text_1k, note_schema, note);

void one_pass(benchmark::State& state, std::string_view schema, std::string_view body) {
  Bench b(schema);
  for (auto _ : state)
    if (!b.schema->takes(body, {}, b.document, b.scratch)) return state.SkipWithError("not taken");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK_CAPTURE(one_pass, validate / dense_1k, report_schema, report);
BENCHMARK_CAPTURE(one_pass, validate / text_1k, note_schema, note);

}  // namespace
