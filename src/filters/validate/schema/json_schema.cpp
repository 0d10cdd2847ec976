#include "filters/validate/schema/json_schema.hpp"

#include <fstream>
#include <iterator>

#include "filters/validate/schema/compiler.hpp"
#include "filters/validate/schema/keywords.hpp"
#include "filters/validate/schema/one_pass.hpp"
#include "filters/validate/schema/uri.hpp"

namespace sluice::filters::validate {
namespace {

// The schema that schemas of a draft are held against. It is not held against itself.
const JsonSchema& metaschema_of(Draft draft) {
  auto make = [](std::string_view uri) {
    std::vector<std::string> errors;
    return JsonSchema::from_text(metaschema(uri), std::string(uri), {}, errors);
  };
  static const auto draft7 = make(draft7_uri);
  static const auto draft2020 = make(draft2020_uri);
  return draft == Draft::draft7 ? *draft7 : *draft2020;
}

std::string location(const Resource& resource, const SchemaFault& fault) {
  return resource.text + "#" + fault.pointer + ": " + fault.detail;
}

}  // namespace

std::unique_ptr<JsonSchema> JsonSchema::from_file(const std::filesystem::path& file,
                                                  const SchemaOptions& options,
                                                  std::vector<std::string>& errors) {
  std::ifstream in(file, std::ios::binary);
  std::error_code none;
  if (!in || !std::filesystem::is_regular_file(file, none)) {
    errors.push_back("cannot read '" + file.string() + '\'');
    return nullptr;
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return from_text(text, file_uri(file), options, errors);
}

std::unique_ptr<JsonSchema> JsonSchema::from_text(std::string_view text, const std::string& uri,
                                                  const SchemaOptions& options,
                                                  std::vector<std::string>& errors) {
  auto before = errors.size();
  std::unique_ptr<JsonSchema> schema(new JsonSchema);
  auto& library = schema->program_.library;
  for (auto& [prefix, folder] : options.folders) library.map(prefix, folder);
  library.inspect = [&](const json::Document& document, const Resource& resource, std::string& error) {
    if (metaschema(resource.uri).data()) return true;
    Scratch scratch;
    auto& meta = metaschema_of(resource.draft);
    if (meta.check(document, scratch) == Outcome::valid) return true;
    for (auto& fault : meta.explain(document, scratch, 20))
      error += (error.empty() ? "" : "; ") + location(resource, fault);
    if (error.empty()) error = resource.text + ": too large to be a schema";
    return false;
  };
  std::string error;
  auto* root = library.add(text, uri, Draft::draft2020, error);
  if (root) schema->program_.root = Compiler(schema->program_, options.assert_formats, errors).compile(*root);
  library.inspect = nullptr;
  if (!root) errors.push_back(error);
  return errors.size() == before ? std::move(schema) : nullptr;
}

Progress JsonSchema::progress(const json::Document& document, Scratch& scratch) const noexcept {
  auto values = static_cast<std::int64_t>(document.nodes());
  return {program_, scratch, Progress::steps_in_any_case + Progress::steps_for_each_value * values};
}

bool JsonSchema::takes(std::string_view text, const json::Limits& limits, json::Document& document,
                       Scratch& scratch) const {
  if (!document.take(text, limits)) return false;
  json::Reader reader(document, text.size(), limits);
  Progress progress{program_, scratch, Progress::steps_in_any_case};
  return OnePass(reader, limits, progress).takes(*program_.root);
}

JsonSchema::Outcome JsonSchema::check(const json::Document& document, Scratch& scratch) const noexcept {
  auto p = progress(document, scratch);
  bool valid = Evaluation<false>(p).check(*program_.root, document.root(), nullptr, nullptr);
  if (p.exhausted()) return Outcome::too_costly;  // whatever it was going to say
  return valid ? Outcome::valid : Outcome::invalid;
}

std::vector<SchemaFault> JsonSchema::explain(const json::Document& document, Scratch& scratch,
                                             std::size_t most) const {
  std::vector<SchemaFault> faults;
  auto p = progress(document, scratch);
  p.faults = &faults;
  p.most_faults = most;
  Evaluation<true>(p).check(*program_.root, document.root(), nullptr, nullptr);
  return faults;
}

}  // namespace sluice::filters::validate
