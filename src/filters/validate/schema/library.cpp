#include "filters/validate/schema/library.hpp"

#include <fstream>
#include <iterator>

#include "filters/validate/schema/keywords.hpp"
#include "filters/validate/schema/uri.hpp"
#include "json/pointer.hpp"

namespace sluice::filters::validate {
namespace {

using json::Kind;
using json::Node;

constexpr json::Limits schema_limits = {200, 100'000, 1024 * 1024};

std::string_view text_of(const Node* n) {
  return n && n->is(Kind::string) ? n->text() : std::string_view();
}

std::string_view without_empty_fragment(std::string_view uri) {
  if (uri.ends_with('#')) uri.remove_suffix(1);
  return uri;
}

std::optional<Draft> draft_of(const Node& schema, Draft otherwise) {
  auto* named = schema.find("$schema");
  if (!named) return otherwise;
  auto uri = without_empty_fragment(text_of(named));
  if (uri == draft7_uri || uri == "https://json-schema.org/draft-07/schema") return Draft::draft7;
  if (uri == draft2020_uri) return Draft::draft2020;
  return std::nullopt;
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string position(std::string_view text, std::size_t offset) {
  std::size_t line = 1, column = 1;
  for (char c : text.substr(0, offset)) {
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n';
  }
  return std::to_string(line) + ':' + std::to_string(column);
}

std::string name_of(const std::string& uri) {
  auto path = path_of(uri);
  return path ? path->filename().string() : uri;
}

}  // namespace

void Library::map(std::string prefix, std::filesystem::path folder) {
  folders_.emplace_back(std::move(prefix), std::move(folder));
}

Resource& Library::open(const Node* root, std::string uri, Draft draft, std::string text) {
  auto& r = resources_.emplace_back(
      Resource{resources_.size(), std::move(uri), root, draft, {}, {}, std::move(text)});
  by_uri_.emplace(r.uri, &r);
  return r;
}

const Node* Library::add(std::string_view text, const std::string& uri, Draft otherwise, std::string& error) {
  auto& document = *documents_.emplace_back(std::make_unique<json::Document>());
  if (auto fault = document.read(text, schema_limits)) {
    error = name_of(uri) + ':' + position(text, fault->offset) + ": " + fault->message;
    return nullptr;
  }
  auto& root = document.root();
  auto draft = draft_of(root, otherwise);
  if (!draft) {
    error = name_of(uri) + ": '$schema' names '" + std::string(text_of(root.find("$schema"))) +
            "'; known are " + std::string(draft2020_uri) + " and " + std::string(draft7_uri) + '#';
    return nullptr;
  }
  auto& resource = open(&root, uri, *draft, name_of(uri));
  if (inspect && !inspect(document, resource, error)) return nullptr;
  scan(root, &resource, "");
  return &root;
}

void Library::scan(const Node& schema, Resource* resource, const std::string& pointer) {
  if (places_.contains(&schema)) return;
  bool is_object = schema.is(Kind::object);
  if (is_object) resource = own_resource(schema, resource);
  places_.emplace(&schema, Place{resource, pointer});
  if (!is_object) return;
  name_anchors(schema, *resource);
  scan_below(schema, resource, pointer);
}

// A schema with an $id is a resource. In draft-07 a $ref makes everything beside it void.
Resource* Library::own_resource(const Node& schema, Resource* resource) {
  if (resource->draft == Draft::draft7 && schema.find("$ref")) return resource;
  auto id = text_of(schema.find("$id"));
  if (id.empty() || id.starts_with('#')) return resource;
  auto uri = validate::resolve(resource->uri, id);
  uri = std::string(cut_fragment(uri).document);
  if (resource->root == &schema) {  // the root is known by its file's name and by its own
    auto slash = uri.rfind('/');
    if (auto path = path_of(resource->uri); path && slash != uri.npos)
      map(uri.substr(0, slash + 1), path->parent_path());
    resource->uri = uri;
    by_uri_.emplace(uri, resource);
    return resource;
  }
  auto draft = draft_of(schema, resource->draft).value_or(resource->draft);
  return &open(&schema, std::move(uri), draft, resource->text);
}

void Library::name_anchors(const Node& schema, Resource& resource) {
  if (resource.draft == Draft::draft7) {
    auto id = cut_fragment(text_of(schema.find("$id")));
    if (!schema.find("$ref") && !id.fragment.empty()) resource.anchors.emplace(id.fragment, &schema);
    return;
  }
  if (auto anchor = text_of(schema.find("$anchor")); !anchor.empty())
    resource.anchors.emplace(anchor, &schema);
  if (auto anchor = text_of(schema.find("$dynamicAnchor")); !anchor.empty()) {
    resource.anchors.emplace(anchor, &schema);
    resource.dynamic_anchors.emplace(anchor);
  }
}

void Library::scan_below(const Node& schema, Resource* resource, const std::string& pointer) {
  for (const Node* key = schema.first(); key != schema.end(); key = key[1].next()) {
    auto what = holds(key->text(), resource->draft);
    if (what == Holds::nothing) continue;
    auto& value = key[1];
    auto below = pointer;
    json::append_token(below, key->text());
    bool is_list = what == Holds::list || (what == Holds::schema_or_list && value.is(Kind::array));
    if (is_list && value.is(Kind::array)) {
      std::size_t i = 0;
      for (const Node* e = value.first(); e != value.end(); e = e->next())
        scan(*e, resource, below + '/' + std::to_string(i++));
    } else if (what == Holds::map || what == Holds::schemas_or_names) {
      if (!value.is(Kind::object)) continue;
      for (const Node* name = value.first(); name != value.end(); name = name[1].next()) {
        auto member = below;
        json::append_token(member, name->text());
        scan(name[1], resource, member);
      }
    } else if (!is_list) {
      scan(value, resource, below);
    }
  }
}

std::optional<std::filesystem::path> Library::file_of(std::string_view uri) const {
  if (auto path = path_of(uri)) return path;
  for (auto& [prefix, folder] : folders_)
    if (uri.starts_with(prefix)) return (folder / uri.substr(prefix.size())).lexically_normal();
  return std::nullopt;
}

Resource* Library::load(const std::string& uri, Draft otherwise, std::string& error) {
  if (auto known = by_uri_.find(uri); known != by_uri_.end()) return known->second;
  auto built_in = metaschema(uri);
  std::optional<std::string> text;
  if (built_in.data()) {
    text = std::string(built_in);
  } else if (auto path = file_of(uri)) {
    text = read_file(*path);
    if (!text) error = "cannot read '" + path->string() + "', which '" + uri + "' refers to";
  } else {
    error = "'" + uri + "' is no local file, and nothing is fetched";
  }
  if (!text) return nullptr;
  auto* root = add(*text, uri, otherwise, error);
  return root ? places_.at(root).resource : nullptr;
}

const Node* Library::resolve(const Place& from, std::string_view reference, std::string& error) {
  auto absolute = validate::resolve(from.resource->uri, reference);
  auto target = cut_fragment(absolute);
  auto* resource = load(std::string(target.document), from.resource->draft, error);
  if (!resource) return nullptr;
  auto& fragment = target.fragment;
  const Node* found = nullptr;
  if (fragment.empty() || fragment.front() == '/')
    found = walk(*resource, fragment);
  else if (auto anchor = resource->anchors.find(fragment); anchor != resource->anchors.end())
    found = anchor->second;
  if (!found) error = "'" + std::string(reference) + "' leads nowhere";
  return found;
}

// What a pointer leads to may stand below a keyword that is not known: it becomes a schema by being referred
// to.
const Node* Library::walk(Resource& resource, std::string_view pointer) {
  const Node* at = resource.root;
  auto* inside = &resource;
  auto text = places_.at(at).pointer;
  while (at && !pointer.empty()) {
    auto token = json::take_token(pointer);
    at = json::step(*at, token);
    json::append_token(text, token);
    if (auto known = places_.find(at); known != places_.end()) inside = known->second.resource;
  }
  if (at) scan(*at, inside, text);
  return at;
}

}  // namespace sluice::filters::validate
