// From a document to memory: one recursive walk over a shape and a node, whatever the struct is.
//
//   Config config;
//   Reading reading(filters, problems);
//   reading.object(Config::schema(), Cursor(root), &config);
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/problem.hpp"
#include "sluice/config.hpp"

namespace sluice::config {

struct FilterSettings;

class Reading {
 public:
  Reading(std::span<const FilterSchema> filters, Problems& problems)
      : filters_(filters), problems_(problems) {}

  void object(const Schema& schema, const Cursor& at, void* to);

  // The paths of values that came from files.
  std::vector<std::string> take_secret_paths() { return std::move(secret_paths_); }

 private:
  // What the surroundings of a value say about it.
  struct Context {
    const Member* member = nullptr;
    std::string_view word;  // what may stand in the value's place
  };
  // A struct of which a map's keys are the members; one map may fill several.
  struct Part {
    const Schema* schema;
    void* object;
  };

  void value(const Shape& shape, const Cursor& at, void* to, const Context& context);
  void read(const BooleanShape&, const Cursor& at, void* to, const Context& context);
  void read(const ScalarShape& shape, const Cursor& at, void* to, const Context& context);
  void read(const ChoiceShape& shape, const Cursor& at, void* to, const Context& context);
  void read(const ListShape& shape, const Cursor& at, void* to, const Context& context);
  void read(const MapShape& shape, const Cursor& at, void* to, const Context& context);
  void read(const MaybeShape& shape, const Cursor& at, void* to, const Context& context);
  void read(const ObjectShape& shape, const Cursor& at, void* to, const Context& context);
  void read(const FiltersShape& shape, const Cursor& at, void* to, const Context& context);

  void parts(std::span<const Part> parts, const Cursor& at, const Context& context);
  void members(std::span<const Part> parts, const Cursor& at);
  void member(const Part& part, const Member& member, const Cursor& at);
  void presence(const Schema& schema, const Cursor& at);
  void presence(const Exclusive& group, const Cursor& at);
  void filter(std::string_view kind, const Place& place, const Cursor& at, void* list);
  void common_settings(const FilterSettings& settings, const FilterTraits& traits, const Cursor& at);
  void scalar_path(const Cursor& at, void* to);
  bool is_scalar(std::string_view expected, const Cursor& at, const Context& context);
  void expected(std::string_view what, const Cursor& at, const Context& context, std::string_view hint = "");

  std::span<const FilterSchema> filters_;
  Problems& problems_;
  std::vector<std::string> secret_paths_;
  std::size_t left_out_ = 0;  // values that could not be substituted
};

// "a whole number from 1 to 65535": what a member takes, as errors and the reference say it.
std::string with_range(std::string_view expected, const Member* member);

}  // namespace sluice::config
