#include "filters/validate/report.hpp"

#include "http/problem.hpp"

namespace sluice::filters::validate {
namespace {

constexpr std::size_t longest_value = 256;

}  // namespace

bool Report::open(std::string_view name, std::string_view text) {
  if (left_ == 0) return false;
  --left_;
  ++count_;
  text_ += text_.empty() ? "{" : ",{";
  member(name, text);
  return true;
}

void Report::member(std::string_view name, std::string_view text) {
  if (text_.back() != '{') text_ += ',';
  ((text_ += '"') += name) += "\":\"";
  http::append_json_escaped(text_, text);
  text_ += '"';
}

void Report::close(const SchemaFault* fault) {
  if (fault && shows_values_) member("value", spelled(*fault->value, longest_value));
  text_ += '}';
}

void Report::add(std::string_view place, std::string_view name, std::string_view keyword,
                 std::string_view detail) {
  if (!open(place, name)) return;
  member("detail", detail);
  member("keyword", keyword);
  close();
}

void Report::add(std::string_view place, std::string_view name, const SchemaFault& fault) {
  if (!open(place, name)) return;
  if (!fault.pointer.empty()) member("pointer", fault.pointer);
  member("detail", fault.detail);
  member("keyword", fault.keyword);
  close(&fault);
}

void Report::add(const SchemaFault& fault) {
  if (!open("pointer", fault.pointer)) return;
  member("detail", fault.detail);
  member("keyword", fault.keyword);
  close(&fault);
}

void Report::add(std::string_view pointer, std::string_view keyword, std::string_view detail) {
  if (!open("pointer", pointer)) return;
  member("detail", detail);
  member("keyword", keyword);
  close();
}

}  // namespace sluice::filters::validate
