// Reads a text and holds it against a rule in one go, without nodes for its objects and arrays where names
// and counts are all that is asked of them: most of most bodies. Of what is less plain it has the reader make
// nodes, of that value alone, and an Evaluation judge them.
//
//   document.take(text, limits);
//   json::Reader reader(document, text.size(), limits);
//   if (OnePass(reader, limits, progress).takes(root)) return true;
//   ...                                       // it may still be valid: the text has to be read and checked
//
// It is never told why a text is not valid, nor finds out: whoever refuses reads it again.
#pragma once
#include "filters/validate/schema/evaluation.hpp"
#include "json/reader.hpp"

namespace sluice::filters::validate {

// The types of which it takes values that are held against this rule.
std::uint8_t straight_types(const Rule& rule) noexcept;

class OnePass {
 public:
  OnePass(json::Reader& reader, const json::Limits& limits, Progress& progress);

  // The whole text is JSON within the limits, and valid for certain.
  bool takes(const Rule& root);

 private:
  using At = const char*;

  // Each reads what it is named after from `at` on and gives the place behind it. Null: it cannot tell.
  At value(const Rule& rule, At at, std::size_t depth);
  At object(const Rule& rule, At begin, std::size_t depth);
  At array(const Rule& rule, At begin, std::size_t depth);
  At by_nodes(const Rule& rule, At at, std::size_t depth);
  // An object that was read up to `at` when it turned out to be less plain than its rule.
  At again(const Rule& rule, At begin, At at, std::size_t depth);
  // A name with the colon behind it. No property: the object's rules say nothing of it, or it is not plain.
  struct Named {
    At behind = nullptr;
    const Property* property = nullptr;
  };
  Named name(const Names& names, const Property*& usual, At at);
  Named new_name(const Names& names, const Property*& usual, At at);

  json::Reader& reader_;
  const json::Limits& limits_;
  Progress& progress_;
  const Property** next_;     // see Habits
  std::ptrdiff_t twice_ = 0;  // bytes that were read twice
};

}  // namespace sluice::filters::validate
