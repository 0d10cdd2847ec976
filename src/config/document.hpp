// A YAML document as a plain tree in which everything knows its place. yaml-cpp stays behind parse().
//
//   auto root = parse(text, file, problems);
//   if (!root) return;                                   // problems says why
//   Cursor routes = Cursor(*root).key("routes");
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace sluice::config {

struct Entry;

struct Node {
  enum class Kind { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  Place place;
  std::string text;            // of a scalar
  bool broken = false;         // it could not be substituted, which was reported
  bool secret = false;         // the text came from a file: it is never printed
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the file's order; keys are unique

  const Entry* find(std::string_view key) const noexcept;
  Entry* find(std::string_view key) noexcept;
  bool is_scalar(std::string_view value) const noexcept { return kind == Kind::scalar && text == value; }
};

struct Entry {
  std::string key;
  Place place;  // of the key
  Node value;
};

// What a file may be at most; beyond it is an error, not a wait.
struct DocumentLimits {
  static constexpr std::size_t bytes = 16 << 20;
  static constexpr std::size_t nodes = 1'000'000;  // aliases count as what they stand for
  static constexpr std::size_t depth = 64;
};

// The document of a file, or nothing and an error. An empty file is an empty map.
std::optional<Node> parse(const std::string& text, std::shared_ptr<const SourceFile> file,
                          Problems& problems);

// A node together with the way that led to it. Going to what is not there stays where it is, so that an error
// about something missing points to what it is missing from.
class Cursor {
 public:
  explicit Cursor(const Node& root) : node_(&root), place_(root.place) {}

  const Node& node() const noexcept { return *node_; }
  const std::string& path() const noexcept { return path_; }
  // Where an error about the value points: to a scalar itself, else to the key that leads to it.
  const Place& place() const noexcept { return node_->kind == Node::Kind::scalar ? node_->place : place_; }

  bool has(std::string_view key) const noexcept { return node_->find(key) != nullptr; }
  Cursor key(std::string_view key) const;
  Cursor item(std::size_t index) const;
  Cursor entry(const Entry& entry) const;

  // The value as an error shows it: "'abc'", "a list", "nothing"; what is secret is not shown.
  std::string found() const;
  // A message about the value, without what is secret in it.
  std::string conceal(std::string message) const;

 private:
  Cursor(const Node& node, std::string path, Place place)
      : node_(&node), path_(std::move(path)), place_(std::move(place)) {}

  const Node* node_;
  std::string path_;
  Place place_;
};

}  // namespace sluice::config
