// What a request's body has to be: its media type, its JSON, its schema.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filters/validate/parameters.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::validate {

// Why a body cannot be looked at: 415.
struct TypeRefusal {
  const char* reason;
  const char* detail;
  bool coding = false;  // its Content-Encoding, not its type
};

class Body {
 public:
  Body(const Settings& settings, std::vector<std::string>& errors);

  std::optional<TypeRefusal> refusal_of_type(const Request& request) const noexcept;
  // Of a request whose type is right.
  bool has_to_be_read(const Request& request) const noexcept;
  // `bytes`: all of it, or nothing where it did not have to be read.
  bool is_valid(const Request& request, std::string_view bytes, Workspace& w) const;
  // False: it is no JSON at all.
  bool explain(const Request& request, std::string_view bytes, Workspace& w, Report& report) const;

  // As the field Accept of a 415 has them.
  std::string_view accepted_types() const noexcept { return accepted_; }

 private:
  bool is_accepted(const struct MediaType& type) const noexcept;
  bool is_read_as_json(const Request& request) const noexcept;
  bool is_missing(const Request& request, std::string_view bytes) const noexcept;

  std::vector<std::string> types_;
  std::string accepted_;
  std::unique_ptr<JsonSchema> schema_;
  bool has_schema_, reads_json_, required_;
  bool takes_usual_;  // application/json
  json::Limits limits_;
};

}  // namespace sluice::filters::validate
