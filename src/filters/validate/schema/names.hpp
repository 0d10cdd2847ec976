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
  json::Node name{};           // as JSON has it, "name": and padded; not a string: a free place of the table
  const Rule* rule = nullptr;  // of its value; null: none of its own
  std::uint64_t bit = 0;       // among those of the object; the first 64 have one
  std::uint32_t place = 0;     // in Habits

  bool is_free() const noexcept { return !name.is(json::Kind::string); }
};

class Names {
 public:
  // The one of that name, new or not. Only before seal().
  Property& add(std::string_view name);
  void seal();
  std::size_t size() const noexcept { return known_.size(); }

  template <class F>
  void for_each(F f) {
    for (auto& p : table_)
      if (!p.is_free()) f(p);
  }

  const Property* find(const json::Node& key) const noexcept {
    auto head = key.head();
    for (auto* p = table_.data() + place(key.hash);; ++p) {
      if (p->name.head() == head && json::equal_padded(p->name.begin, key.begin, key.size)) return p;
      if (p->is_free()) return nullptr;
    }
  }

  // Of an ASCII text that nobody has made a name's node of; padded.
  const Property* find(const char* text, std::size_t size) const noexcept {
    json::Node key{
        json::Kind::string, true, json::name_hash(text, size), static_cast<std::uint32_t>(size), {}};
    key.begin = text;
    return find(key);
  }
  // Of a text that is not a name, and has no hash yet.
  bool has(const json::Node& text) const noexcept {
    json::Node key = text;
    key.hash = json::name_hash(text.begin, text.size);
    return find(key) != nullptr;
  }

 private:
  std::size_t place(std::uint16_t hash) const noexcept { return (hash * multiplier_ >> 16) & mask_; }
  std::size_t collisions() const;

  std::deque<std::string> texts_;
  std::vector<Property> known_;
  std::vector<Property> table_{1};  // at least one free place behind the last one that is not
  std::uint32_t multiplier_ = 1;
  std::uint32_t mask_ = 0;
};

}  // namespace sluice::filters::validate
