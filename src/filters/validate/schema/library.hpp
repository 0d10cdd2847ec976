// The documents that a schema is made of: read from local files, searched for resources, anchors and
// subschemas, so that every reference finds what it means. Nothing is ever fetched.
//
//   Library library;
//   const json::Node* root = library.add(text, "file:///etc/sluice/report.json", Draft::draft2020, error);
//   auto target = library.resolve(*library.place(root), "#/$defs/address", error);
#pragma once
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/document.hpp"

namespace sluice::filters::validate {

enum class Draft : std::uint8_t { draft7, draft2020 };

// A schema resource (2020-12 core §4.3.5): what has a URI of its own.
struct Resource {
  std::size_t index;
  std::string uri;  // without a fragment
  const json::Node* root;
  Draft draft;
  std::map<std::string, const json::Node*, std::less<>> anchors;
  std::set<std::string, std::less<>> dynamic_anchors;
  std::string text;  // how an error calls its document: the file's name, or the URI
};

// Where a schema stands.
struct Place {
  Resource* resource;
  std::string pointer;  // from the document's root
};

class Library {
 public:
  // Whatever begins with `prefix` is looked for in `folder`: how schemas find each other by URIs of the web.
  void map(std::string prefix, std::filesystem::path folder);

  // The root of a document, registered under its URI and its own $id. Null: `error` says why.
  // Without a $schema it is of the draft `otherwise`.
  const json::Node* add(std::string_view text, const std::string& uri, Draft otherwise, std::string& error);

  // What a reference means at that place. Null: `error` says why nothing.
  const json::Node* resolve(const Place& from, std::string_view reference, std::string& error);

  // Of a schema that was found so far.
  const Place& place(const json::Node* schema) const { return places_.at(schema); }
  const std::deque<Resource>& resources() const noexcept { return resources_; }

  // Called with each new document, so that it can be held against its metaschema.
  std::function<bool(const json::Document&, const Resource&, std::string& error)> inspect;

 private:
  Resource* load(const std::string& uri, Draft otherwise, std::string& error);
  std::optional<std::filesystem::path> file_of(std::string_view uri) const;
  Resource& open(const json::Node* root, std::string uri, Draft draft, std::string text);
  void scan(const json::Node& schema, Resource* resource, const std::string& pointer);
  void scan_below(const json::Node& schema, Resource* resource, const std::string& pointer);
  Resource* own_resource(const json::Node& schema, Resource* resource);
  void name_anchors(const json::Node& schema, Resource& resource);
  const json::Node* walk(Resource& resource, std::string_view pointer);

  std::vector<std::unique_ptr<json::Document>> documents_;
  std::deque<Resource> resources_;
  std::map<std::string, Resource*, std::less<>> by_uri_;
  std::unordered_map<const json::Node*, Place> places_;
  std::vector<std::pair<std::string, std::filesystem::path>> folders_;
};

}  // namespace sluice::filters::validate
