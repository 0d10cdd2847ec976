// What no single value can be blamed for: names that refer to nothing, binds that collide, routes that tie.
// Also fills in what follows from the rest: defaults, resolved `use` lists, parsed patterns.
#pragma once
#include <span>
#include <string>

#include "config/config.hpp"
#include "config/document.hpp"

namespace sluice::config {

void check(Config& config, const Node& root, std::span<const FilterSchema> filters, Problems& problems);

// The parts of it. Each cursor stands at the map that it is about.
void check_listeners(const Config& config, const Cursor& root, Problems& problems);
void check_defaults(const Config& config, const Cursor& root, Problems& problems);
void check_match(Match& match, const Cursor& at, Problems& problems);
void check_routes(Config& config, const Cursor& root, std::span<const FilterSchema> filters,
                  Problems& problems);
void warn_of_unused(const Config& config, const Cursor& root, Problems& problems);

// An error about the value at a cursor.
inline void refuse(Problems& problems, const Cursor& at, std::string message) {
  problems.error(at.place(), at.path(), at.conceal(std::move(message)));
}

}  // namespace sluice::config
