// The parameters of one place, a query or a request's fields, with what each has to be.
//
//   Parameters query(settings.query, "query", errors);
//   query.clear(found);
//   ... found[*query.find("page")].push_back("7") ...
//   if (!query.are_valid(found, workspace)) query.explain(found, workspace, report);
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filters/validate/report.hpp"
#include "filters/validate/schema/json_schema.hpp"
#include "filters/validate/settings.hpp"

namespace sluice::filters::validate {

// What checks of one worker use again and again.
struct Workspace {
  json::Document document;
  Scratch scratch;
  std::string text;
  std::vector<std::vector<std::string_view>> found;  // the values of each parameter
};

class Parameters {
 public:
  // `place`: "query" or "header", how the answer calls it.
  Parameters(const std::map<std::string, ParameterSettings>& all, const char* place,
             std::vector<std::string>& errors);

  bool empty() const noexcept { return all_.empty(); }
  std::size_t size() const noexcept { return all_.size(); }
  const std::string& name(std::size_t index) const noexcept { return all_[index].name; }
  // The index of a parameter, or size().
  std::size_t find(std::string_view name) const noexcept;

  // Makes room for values of each.
  void clear(Workspace& w) const;
  bool are_valid(Workspace& w) const;
  void explain(Workspace& w, Report& report) const;

 private:
  struct Parameter {
    std::string name;
    bool required, is_array;
    ValueType type;  // of its value, or of each
    std::unique_ptr<JsonSchema> schema;
  };
  using Values = std::span<const std::string_view>;

  bool is_valid(const Parameter& p, Values values, Workspace& w) const;
  bool read(const Parameter& p, Values values, Workspace& w) const;

  const char* place_;
  std::vector<Parameter> all_;  // by name
};

}  // namespace sluice::filters::validate
