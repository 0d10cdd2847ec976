// A route's path as segments, and the texts that are made from its captures.
//
//   auto p = PathPattern::parse("/users/{id}/files/{rest...}");
//   p->segments       // literal "users", capture "id", literal "files"; rest named "rest"
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sluice/config.hpp"

namespace sluice::config {

// What lies between slashes: "/" is one empty literal, "/users/" is "users" and an empty literal.
struct Segment {
  bool capture = false;  // any one segment that is not empty
  std::string text;      // the literal, or the capture's name
  bool operator==(const Segment&) const = default;
};

struct PathPattern {
  std::string text;
  std::vector<Segment> segments;
  bool rest = false;  // ends in /** or /{name...}: also matches the segments alone, and whatever lies below
  std::string rest_name;  // of {name...}; empty for **

  // The pattern, or what is wrong with the text.
  static std::variant<PathPattern, std::string> parse(std::string_view text);
  std::vector<std::string_view> captures() const;
};

// Text with {names}: "/users/{id}". Parts alternate freely; a name is replaced by its capture as it was
// encoded.
struct Template {
  struct Part {
    bool name = false;
    std::string text;
    bool operator==(const Part&) const = default;
  };
  std::string text;
  std::vector<Part> parts;

  static std::variant<Template, std::string> parse(std::string_view text);
  bool operator==(const Template& o) const { return text == o.text; }
};

}  // namespace sluice::config

namespace sluice {

// Syntax is checked once all of a route is known, so that the error can say more than "expected a pattern".
template <>
struct Scalar<config::Template> : TextScalar<config::Template> {
  static constexpr std::string_view expected = "a text with {names} of the path's captures";
  static std::optional<config::Template> parse(std::string_view text);
  static std::string print(const config::Template& v) { return v.text; }
};

}  // namespace sluice
