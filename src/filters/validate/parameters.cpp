#include "filters/validate/parameters.hpp"

#include <algorithm>

#include "http/problem.hpp"
#include "json/utf8.hpp"

namespace sluice::filters::validate {
namespace {

// By name: a map has them sorted.
constexpr json::Limits text_limits = {2, 100'000, 1024 * 1024};

// Text that stands for a value: its JSON, or, where it does not have the type, a string, which then is of the
// wrong one.
void append_value(std::string& to, std::string_view text, ValueType type) {
  bool plain = false;
  if (type == ValueType::boolean) plain = text == "true" || text == "false";
  if (type == ValueType::integer || type == ValueType::number)
    plain = !text.empty() && text.find_first_not_of("0123456789+-.eE") == text.npos;
  if (plain) {
    to += text;
    return;
  }
  to += '"';
  http::append_json_escaped(to, text);
  to += '"';
}

}  // namespace

Parameters::Parameters(const std::map<std::string, ParameterSettings>& all, const char* place,
                       std::vector<std::string>& errors)
    : place_(place) {
  for (auto& [name, p] : all) {
    bool is_array = p.type == ParameterType::array;
    auto type = is_array ? p.items.value_or(Element()).type : static_cast<ValueType>(p.type);
    all_.push_back({name, p.required, is_array, type,
                    JsonSchema::from_text(schema_text(p), "parameter:" + name, {true, {}}, errors)});
  }
}

std::size_t Parameters::find(std::string_view name) const noexcept {
  auto at = std::ranges::lower_bound(all_, name, {}, &Parameter::name);
  return at != all_.end() && at->name == name ? static_cast<std::size_t>(at - all_.begin()) : all_.size();
}

void Parameters::clear(Workspace& w) const {
  if (w.found.size() < all_.size()) w.found.resize(all_.size());
  for (auto& values : w.found) values.clear();
}

bool Parameters::are_valid(Workspace& w) const {
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (!is_valid(all_[i], w.found[i], w)) return false;
  return true;
}

bool Parameters::is_valid(const Parameter& p, Values values, Workspace& w) const {
  if (values.empty()) return !p.required;
  if (values.size() > 1 && !p.is_array) return false;
  return read(p, values, w) && p.schema->check(w.document, w.scratch) == JsonSchema::Outcome::valid;
}

bool Parameters::read(const Parameter& p, Values values, Workspace& w) const {
  auto& text = w.text;
  text.clear();
  if (p.is_array) text += '[';
  for (auto& value : values) {
    if (!json::is_utf8(value)) return false;
    if (text.size() > 1) text += ',';
    append_value(text, value, p.type);
  }
  if (p.is_array) text += ']';
  if (!w.document.read(text, text_limits)) return true;
  // A number that is none after all.
  text.clear();
  append_value(text, values.front(), ValueType::string);
  return !w.document.read(text, text_limits);
}

void Parameters::explain(Workspace& w, Report& report) const {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    auto& p = all_[i];
    auto& values = w.found[i];
    if (is_valid(p, values, w)) continue;
    if (values.empty()) {
      report.add(place_, p.name, "required", "is missing");
    } else if (values.size() > 1 && !p.is_array) {
      report.add(place_, p.name, "type", "is given more than once");
    } else if (!read(p, values, w)) {
      report.add(place_, p.name, "type", "is no UTF-8");
    } else {
      for (auto& fault : p.schema->explain(w.document, w.scratch, report.room()))
        report.add(place_, p.name, fault);
    }
  }
}

}  // namespace sluice::filters::validate
