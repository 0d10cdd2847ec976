#include "filters/validate/body.hpp"

#include <algorithm>

#include "filters/validate/media_type.hpp"
#include "http/chars.hpp"
#include "http/credentials.hpp"

namespace sluice::filters::validate {
namespace {

constexpr std::string_view usual_type = "application/json";

// What follows an upgrade is no body, and a length of 0 is none.
bool has_body(const Request& request) noexcept {
  return request.body && request.upgrade.empty() && request.length != 0;
}

// Of these a body is the meaning (RFC 9110 §9.3).
bool wants_body(const Request& request) noexcept {
  return request.method == Method::post || request.method == Method::put || request.method == Method::patch;
}

bool is_encoded(const Request& request) noexcept {
  for (auto& field : request.fields)
    if (field.id == FieldId::content_encoding && !http::same_name(field.value, "identity")) return true;
  return false;
}

json::Limits limits_of(const Settings& settings) {
  auto limits = settings.json.value_or(JsonSettings());
  return {limits.max_depth, limits.max_members, limits.max_string.bytes};
}

std::unique_ptr<JsonSchema> compile(const Settings& settings, std::vector<std::string>& errors) {
  if (!settings.body) return nullptr;
  SchemaOptions options{settings.formats, {}};
  auto& body = *settings.body;
  if (body.schema_file) return JsonSchema::from_file(*body.schema_file, options, errors);
  return JsonSchema::from_text(body.inline_schema, "inline:", options, errors);
}

}  // namespace

Body::Body(const Settings& settings, std::vector<std::string>& errors)
    : types_(settings.content_types),
      schema_(compile(settings, errors)),
      has_schema_(settings.body.has_value()),
      reads_json_(has_schema_ || settings.json),
      required_(settings.body && settings.body->required),
      limits_(limits_of(settings)) {
  for (auto& type : types_) accepted_ += (accepted_.empty() ? "" : ", ") + type;
  if (types_.empty()) accepted_ = "application/json";
  takes_usual_ = is_accepted(*MediaType::parse(usual_type));
}

bool Body::is_accepted(const MediaType& type) const noexcept {
  if (types_.empty()) return !has_schema_ || type.is_json();
  return std::ranges::any_of(types_, [&](auto& range) { return type.is_in(range); });
}

std::optional<TypeRefusal> Body::refusal_of_type(const Request& request) const noexcept {
  if (!has_body(request) || (types_.empty() && !reads_json_)) return std::nullopt;
  auto [field, count] = http::find_field(request.fields, FieldId::content_type);
  bool one = count == 1;
  // What almost everybody sends needs no parsing.
  if (one && takes_usual_ && field == usual_type && !is_encoded(request)) return std::nullopt;
  auto type = one ? MediaType::parse(field) : std::nullopt;
  if (!type && !has_schema_ && types_.empty()) return std::nullopt;
  if (!type) return TypeRefusal{"content_type", "The body has no Content-Type, or one that cannot be read."};
  if (!is_accepted(*type))
    return TypeRefusal{"content_type", "The body's Content-Type is not accepted here."};
  if (!is_read_as_json(request)) return std::nullopt;
  if (is_encoded(request))
    return TypeRefusal{"content_encoding", "The body's Content-Encoding is not accepted here.", true};
  bool utf8 = type->charset.empty() || http::same_name(type->charset, "utf-8");
  if (!utf8) return TypeRefusal{"charset", "JSON is UTF-8 (RFC 8259), and the body's charset is not."};
  return std::nullopt;
}

// With a schema every body that is accepted, else those that say that they are JSON.
bool Body::is_read_as_json(const Request& request) const noexcept {
  if (has_schema_ || !reads_json_) return has_schema_;
  auto type = MediaType::parse(request.fields.get(FieldId::content_type));
  return type && type->is_json();
}

bool Body::has_to_be_read(const Request& request) const noexcept {
  return has_body(request) && is_read_as_json(request);
}

bool Body::is_missing(const Request& request, std::string_view bytes) const noexcept {
  return has_schema_ && bytes.empty() && (has_body(request) || (required_ && wants_body(request)));
}

bool Body::is_valid(const Request& request, std::string_view bytes, Workspace& w) const {
  if (is_missing(request, bytes)) return !required_;
  if (!has_to_be_read(request)) return true;
  if (schema_ && schema_->takes(bytes, limits_, w.document, w.scratch)) return true;
  if (w.document.read(bytes, limits_)) return false;
  return !schema_ || schema_->check(w.document, w.scratch) == JsonSchema::Outcome::valid;
}

bool Body::explain(const Request& request, std::string_view bytes, Workspace& w, Report& report) const {
  if (is_missing(request, bytes)) {
    if (required_) report.add("", "required", "the body is missing");
    return true;
  }
  if (!has_to_be_read(request)) return true;
  if (auto fault = w.document.read(bytes, limits_)) {
    report.add("", "json", std::string(fault->message) + " (at byte " + std::to_string(fault->offset) + ')');
    return fault->kind == json::Fault::Kind::limit;
  }
  if (!schema_) return true;
  auto outcome = schema_->check(w.document, w.scratch);
  if (outcome == JsonSchema::Outcome::too_costly)
    report.add("", "complexity", "takes more steps to check than are allowed");
  if (outcome == JsonSchema::Outcome::invalid)
    for (auto& fault : schema_->explain(w.document, w.scratch, report.room())) report.add(fault);
  return true;
}

}  // namespace sluice::filters::validate
