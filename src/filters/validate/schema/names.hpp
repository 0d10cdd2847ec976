// The property names that an object's rules know, found by the name of a member in a handful of instructions:
// an open table whose multiplier was chosen, when the schema was compiled, so that names collide as little as
// can be.
//
//   names.add("id").rule = &string;
//   names.seal();
//   if (const Property* known = names.find(key)) check(*known->rule, key[1]);
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "json/node.hpp"
#include "json/scan.hpp"

namespace sluice::filters::validate {

struct Rule;

struct Property {
  const char* name = nullptr;  // padded; null: a free place of the table
  std::uint32_t size = 0;
  std::uint16_t hash = 0;
  const Rule* rule = nullptr;  // of its value; null: none of its own
  std::uint64_t bit = 0;       // among the required ones, of which 64 have one

  std::string_view text() const noexcept { return {name, size}; }
};

class Names {
 public:
  // The one of that name, new or not. Only before seal().
  Property& add(std::string_view name);
  void seal();

  const Property* find(const json::Node& key) const noexcept {
    if (table_.empty()) return nullptr;
    for (auto* p = &table_[place(key.hash)]; p->name; ++p)
      if (p->hash == key.hash && p->size == key.size && json::equal_padded(p->name, key.begin, key.size))
        return p;
    return nullptr;
  }

 private:
  std::size_t place(std::uint16_t hash) const noexcept {
    return static_cast<std::uint16_t>(hash * multiplier_) >> shift_;
  }
  std::size_t collisions() const;

  std::deque<std::string> texts_;
  std::vector<Property> known_;
  std::vector<Property> table_;
  std::uint32_t multiplier_ = 1;
  unsigned shift_ = 16;
};

}  // namespace sluice::filters::validate
