#include "config/assemble.hpp"

#include <algorithm>
#include <array>

#include "config/substitute.hpp"

namespace sluice::config {
namespace {

// Maps by name, which several files may add to; everything else stands in one file.
constexpr std::array<std::string_view, 4> merged = {"listeners", "upstreams", "policies", "routes"};

class Assembly {
 public:
  Assembly(FileReader& files, const Environment& environment, Problems& problems)
      : files_(files), problems_(problems), substitution_(files, environment, problems) {}

  Assembled run(const std::string& path) {
    auto main = read(path, Place{source(path), 0, 0}, "");
    if (!main) return {std::nullopt, take_files()};
    if (!main->find("version"))
      problems_.error(main->place, "", "missing key 'version' (write 'version: 1')");
    // A copy: what is taken in grows the map that the patterns stand in.
    if (auto* include = main->find("include")) include_all(*main, Node(include->value));
    return {std::move(main), take_files()};
  }

 private:
  std::shared_ptr<const SourceFile> source(const std::string& path) {
    return std::make_shared<SourceFile>(SourceFile{path, sources_++});
  }

  // `from` and `key` say who asked, should the file be unreadable.
  std::optional<Node> read(const std::string& path, const Place& from, const std::string& key) {
    auto file = files_.read(path, DocumentLimits::bytes);
    if (!file.fault.empty()) {
      problems_.error(from, key, (key.empty() ? "cannot read: " : "cannot read " + path + ": ") + file.fault);
      return std::nullopt;
    }
    read_.emplace_back(path);
    auto root = parse(file.text, key.empty() ? from.file : source(path), problems_);
    if (!root) return std::nullopt;
    if (root->kind != Node::Kind::map) {
      problems_.error(root->place, "", "expected a map, found " + Cursor(*root).found());
      return std::nullopt;
    }
    substitution_.apply(*root);
    return root;
  }

  void include_all(Node& main, const Node& include) {
    auto patterns = include.kind == Node::Kind::list ? include.items : std::vector<Node>{include};
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      if (patterns[i].kind != Node::Kind::scalar || patterns[i].broken) continue;  // reported elsewhere
      auto key = include.kind == Node::Kind::list ? "include[" + std::to_string(i) + "]" : "include";
      auto full = (patterns[i].place.file->directory() / patterns[i].text).lexically_normal().string();
      for (auto& path : files_.match(full)) include_one(main, path.string(), patterns[i].place, key);
    }
  }
  void include_one(Node& main, const std::string& path, const Place& from, const std::string& key) {
    if (std::ranges::find(read_, std::filesystem::path(path)) != read_.end())
      return problems_.error(from, key, path + " is already part of the configuration");
    auto part = read(path, from, key);
    if (!part) return;
    for (auto& entry : part->entries) take(main, std::move(entry));
  }

  void take(Node& main, Entry entry) {
    if (entry.key == "include")
      return problems_.error(entry.place, entry.key, "only the main file includes others");
    auto* known = main.find(entry.key);
    if (!known)
      main.entries.push_back(std::move(entry));
    else if (std::ranges::find(merged, entry.key) != merged.end() && both_maps(*known, entry))
      merge(*known, std::move(entry));
    else if (entry.key != "version" || known->value.text != entry.value.text)
      refuse(entry, *known, entry.key);
  }
  static bool both_maps(const Entry& a, const Entry& b) {
    return a.value.kind == Node::Kind::map && b.value.kind == Node::Kind::map;
  }
  void merge(Entry& known, Entry more) {
    for (auto& e : more.value.entries) {
      if (auto* first = known.value.find(e.key))
        refuse(e, *first, more.key + '.' + e.key);
      else
        known.value.entries.push_back(std::move(e));
    }
  }
  void refuse(const Entry& second, const Entry& first, const std::string& path) {
    problems_.error(second.place, path, "defined twice, first at " + first.place.to_string());
  }

  std::vector<std::filesystem::path> take_files() {
    auto all = std::move(read_);
    all.insert(all.end(), substitution_.read().begin(), substitution_.read().end());
    return all;
  }

  FileReader& files_;
  Problems& problems_;
  Substitution substitution_;
  std::size_t sources_ = 0;
  std::vector<std::filesystem::path> read_;
};

}  // namespace

Assembled assemble(const std::string& path, FileReader& files, const Environment& environment,
                   Problems& problems) {
  return Assembly(files, environment, problems).run(path);
}

}  // namespace sluice::config
