// Makes rules of schemas. Every fault of a schema is found here, when the configuration loads: what its
// metaschema forbids, references that lead nowhere, patterns that RE2 cannot run, schemas that refer to
// themselves without ever coming to another value.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "filters/validate/schema/rule.hpp"

namespace sluice::filters::validate {

class Compiler {
 public:
  Compiler(Program& program, bool assert_formats, std::vector<std::string>& errors)
      : program_(program), assert_formats_(assert_formats), errors_(errors) {}

  // The rule of a schema that the program's library knows, with all that it refers to.
  const Rule* compile(const json::Node& root);

 private:
  using Node = json::Node;
  struct Schema;  // one that is being compiled

  const Rule* rule(const Node& schema);
  const Rule* rule_at(const Node& schema, std::string_view keyword);
  void fill(Rule& to, const Node& schema);
  void types(Rule& to, const Node& schema);
  void values(Rule& to, const Node& schema);
  static void texts(Rule& to);
  void numbers(Rule& to, const Node& schema);
  static void integers(NumberRules& to);
  void strings(Rule& to, const Node& schema);
  void arrays(Rule& to, const Node& schema, Draft draft);
  void elements(ArrayRules& to, const Node& schema, Draft draft);
  void objects(Rule& to, const Node& schema, Draft draft);
  void properties(ObjectRules& to, const Node& schema);
  void required(ObjectRules& to, const Node& schema);
  void patterns(Rule& at, ObjectRules& to, const Node& schema);
  void dependencies(ObjectRules& to, const Node& schema, const char* keyword);
  void compounds(Rule& to, const Node& schema, Draft draft);
  void references(Rule& to, const Node& schema, Draft draft);
  void dynamic_reference(Rule& to, const Node& schema);
  void link_dynamics();
  void refuse_endless();
  const Rule* past_references(const Rule* rule) const;
  void shorten_references();
  void find_straight();
  bool is_endless(const Rule& rule);
  void error(const Rule& at, std::string_view keyword, const std::string& what);

  Program& program_;
  bool assert_formats_;
  std::vector<std::string>& errors_;
  std::unordered_map<const Node*, Rule*> known_;
  unsigned depth_ = 0;
  std::map<std::string, std::size_t, std::less<>> dynamic_names_;
  std::unordered_map<const Rule*, bool> visited_;  // true: its end was seen
};

}  // namespace sluice::filters::validate
