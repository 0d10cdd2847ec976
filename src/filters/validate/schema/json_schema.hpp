// A JSON Schema (draft 2020-12 and draft-07), compiled when the configuration loads.
//
//   auto schema = JsonSchema::from_file("schemas/report.json", {.assert_formats = true}, errors);
//   ...
//   if (schema->takes(body, limits, document, scratch)) return;   // most bodies, without nodes
//   if (auto fault = document.read(body, limits)) ...
//   auto outcome = schema->check(document, scratch);          // nothing is allocated
//   if (outcome == Outcome::invalid)
//     for (auto& fault : schema->explain(document, scratch, 20)) ...
//
// Any number of threads may check with one schema, each with its own scratch.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "filters/validate/schema/evaluation.hpp"
#include "json/document.hpp"

namespace sluice::filters::validate {

struct SchemaOptions {
  bool assert_formats = false;  // else `format` says nothing of whether a value is valid
  // URIs that begin with the first are files below the second.
  std::vector<std::pair<std::string, std::filesystem::path>> folders = {};
};

class JsonSchema {
 public:
  enum class Outcome : std::uint8_t { valid, invalid, too_costly };

  // Null: `errors` says why.
  static std::unique_ptr<JsonSchema> from_file(const std::filesystem::path& file,
                                               const SchemaOptions& options,
                                               std::vector<std::string>& errors);
  // `uri` is what its relative references are relative to.
  static std::unique_ptr<JsonSchema> from_text(std::string_view text, const std::string& uri,
                                               const SchemaOptions& options,
                                               std::vector<std::string>& errors);

  // Whether the text is valid, found out in one pass over it (one_pass.hpp). False says nothing: it may be
  // less plain than that. The document is what it works with, and has nothing to be read afterwards.
  bool takes(std::string_view text, const json::Limits& limits, json::Document& document,
             Scratch& scratch) const;

  Outcome check(const json::Document& document, Scratch& scratch) const noexcept;

  // All that is wrong, at most so many faults.
  std::vector<SchemaFault> explain(const json::Document& document, Scratch& scratch, std::size_t most) const;

 private:
  JsonSchema() = default;
  Progress progress(const json::Document& document, Scratch& scratch) const noexcept;

  Program program_;
};

}  // namespace sluice::filters::validate
