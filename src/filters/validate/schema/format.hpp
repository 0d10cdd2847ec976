// What `format` names (2020-12 validation §7.3), as predicates of a text. Each is the grammar that the
// format's RFC gives, no guess at what may exist behind it.
//
//   if (const Format* f = find_format("date-time")) f->matches(text)
#pragma once
#include <string_view>

namespace sluice::filters::validate {

struct Format {
  std::string_view name;
  bool (*matches)(std::string_view text);
};

// Null: not known, and then it asserts nothing.
const Format* find_format(std::string_view name) noexcept;

// RFC 3339 and its appendix A.
bool is_date(std::string_view text);
bool is_time(std::string_view text);
bool is_date_time(std::string_view text);
bool is_duration(std::string_view text);

// RFC 5321 §4.1.2, RFC 1123 §2.1, RFC 2673 §3.2, RFC 4291 §2.2.
bool is_email(std::string_view text);
bool is_idn_email(std::string_view text);
bool is_hostname(std::string_view text);
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);

// RFC 3986, RFC 3987, RFC 6570, RFC 4122, RFC 6901.
bool is_uri(std::string_view text);
bool is_uri_reference(std::string_view text);
bool is_iri(std::string_view text);
bool is_iri_reference(std::string_view text);
bool is_uri_template(std::string_view text);
bool is_uuid(std::string_view text);
bool is_json_pointer(std::string_view text);
bool is_relative_json_pointer(std::string_view text);
bool is_regex(std::string_view text);

}  // namespace sluice::filters::validate
