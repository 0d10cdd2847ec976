#include "config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "config/utf8.hpp"

namespace sluice::config {
namespace {

// Thrown through yaml-cpp, which has no other way to be stopped.
struct Stop {
  YAML::Mark mark;
  std::string message;
};

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const SourceFile> file, Problems& problems)
      : file_(std::move(file)), problems_(problems) {}

  // The document; an empty one is an empty map.
  Node take() {
    if (root_.kind == Node::Kind::nothing) {
      root_.kind = Node::Kind::map;
      root_.place = {file_, 1, 1};
    }
    return std::move(root_);
  }
  const YAML::Mark& begin() const { return begin_; }

  void OnDocumentStart(const YAML::Mark& mark) override { begin_ = mark; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, anchor, make(Node::Kind::nothing, mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    auto node = make(Node::Kind::scalar, mark);
    node.text = value;
    add(mark, anchor, std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto known = anchored_.find(anchor);
    if (known == anchored_.end()) throw Stop{mark, "an alias of something that contains it"};
    count(mark, known->second.weight);
    if (open_.size() + known->second.height > DocumentLimits::depth) refuse_depth(mark);
    Node copy = known->second.node;
    copy.place = place(mark);
    add(mark, 0, std::move(copy), known->second.height);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t before = 0;  // nodes there were when it was opened
    std::size_t height = 1;
    std::optional<Entry> pending;  // of a map: a key that waits for its value
    std::map<std::string, Place, std::less<>> keys;
  };
  struct Anchored {
    Node node;
    std::size_t weight;
    std::size_t height;
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  Node make(Node::Kind kind, const YAML::Mark& mark) {
    count(mark, 1);
    Node node;
    node.kind = kind;
    node.place = place(mark);
    return node;
  }
  void count(const YAML::Mark& mark, std::size_t more) {
    nodes_ += more;
    if (nodes_ > DocumentLimits::nodes)
      throw Stop{mark, "the document is too large: more than " + std::to_string(DocumentLimits::nodes) +
                           " values, aliases counted as what they stand for"};
  }
  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    throw Stop{mark, "nested deeper than " + std::to_string(DocumentLimits::depth) + " levels"};
  }
  // yaml-cpp says "!" of what is quoted and "?" of what is plain.
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Stop{mark, "tags are not understood, found '" + tag + "'"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_tag(mark, tag);
    if (open_.size() >= DocumentLimits::depth) refuse_depth(mark);
    if (!open_.empty() && expects_key()) throw Stop{mark, "a key is one word, not a list or a map"};
    Open o;
    o.before = nodes_;
    o.node = make(kind, mark);
    o.mark = mark;
    o.anchor = anchor;
    open_.push_back(std::move(o));
  }
  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor) keep(done);
    add(done.mark, 0, std::move(done.node), done.height);
  }

  // What an alias may stand for is a copy, and counts like one.
  void keep(const Open& done) {
    auto weight = nodes_ - done.before;
    count(done.mark, weight);
    anchored_[done.anchor] = {done.node, weight, done.height};
  }

  bool expects_key() const { return open_.back().node.kind == Node::Kind::map && !open_.back().pending; }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Node node, std::size_t height = 0) {
    if (anchor) anchored_[anchor] = {node, 1, 0};
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    parent.height = std::max(parent.height, height + 1);
    if (parent.node.kind == Node::Kind::list)
      parent.node.items.push_back(std::move(node));
    else if (!parent.pending)
      add_key(mark, std::move(node));
    else
      add_value(std::move(node));
  }
  void add_key(const YAML::Mark& mark, Node key) {
    if (key.kind != Node::Kind::scalar) throw Stop{mark, "a key is one word, not a list or a map"};
    open_.back().pending = Entry{std::move(key.text), std::move(key.place), {}};
  }
  void add_value(Node value) {
    auto& parent = open_.back();
    auto entry = std::move(*parent.pending);
    parent.pending.reset();
    auto [known, fresh] = parent.keys.try_emplace(entry.key, entry.place);
    if (!fresh) {
      problems_.error(entry.place, path_of(entry.key),
                      "defined twice, first at " + known->second.to_string());
      return;
    }
    entry.value = std::move(value);
    parent.node.entries.push_back(std::move(entry));
  }
  std::string path_of(const std::string& last) const {
    std::string path;
    for (auto& o : open_) {
      if (&o == &open_.back()) break;
      if (o.node.kind == Node::Kind::list)
        path += '[' + std::to_string(o.node.items.size()) + ']';
      else
        path += (path.empty() ? "" : ".") + o.pending->key;
    }
    return path + (path.empty() ? "" : ".") + last;
  }

  std::shared_ptr<const SourceFile> file_;
  Problems& problems_;
  YAML::Mark begin_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  std::size_t nodes_ = 0;
};

// As much of a text as an error shows; no character is cut in two.
std::string beginning(const std::string& text) {
  constexpr std::size_t shown = 100;
  if (text.size() <= shown) return text;
  auto end = shown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

void replace_all(std::string& in, std::string_view what, std::string_view by) {
  for (auto at = in.find(what); at != in.npos; at = in.find(what, at + by.size()))
    in.replace(at, what.size(), by);
}

void conceal_below(const Node& node, std::string& message) {
  if (node.secret && !node.text.empty()) replace_all(message, '\'' + node.text + '\'', "a secret value");
  for (auto& n : node.items) conceal_below(n, message);
  for (auto& e : node.entries) conceal_below(e.value, message);
}

// What yaml-cpp would take without a word.
void refuse_text(const std::string& text) {
  YAML::Mark mark;
  if (text.size() > DocumentLimits::bytes) throw Stop{mark, "larger than 16MiB"};
  auto at = first_fault(text);
  if (at == text.npos) return;
  auto before = std::string_view(text).substr(0, at);
  mark.line = static_cast<int>(std::ranges::count(before, '\n'));
  mark.column = static_cast<int>(at - (before.rfind('\n') + 1));
  throw Stop{mark, "not UTF-8"};
}

}  // namespace

std::optional<Node> parse(const std::string& text, std::shared_ptr<const SourceFile> file,
                          Problems& problems) {
  try {
    refuse_text(text);
    std::istringstream in(text);
    YAML::Parser parser(in);
    Builder first(file, problems);
    parser.HandleNextDocument(first);
    Builder second(file, problems);
    if (parser.HandleNextDocument(second))
      throw Stop{second.begin(), "a second document; one file holds one"};
    return first.take();
  } catch (const Stop& s) {
    problems.error({file, s.mark.line + 1, s.mark.column + 1}, "", s.message);
  } catch (const YAML::Exception& e) {
    problems.error({file, e.mark.line + 1, e.mark.column + 1}, "", "not YAML: " + e.msg);
  }
  return std::nullopt;
}

const Entry* Node::find(std::string_view key) const noexcept {
  for (auto& e : entries)
    if (e.key == key) return &e;
  return nullptr;
}

Entry* Node::find(std::string_view key) noexcept {
  return const_cast<Entry*>(static_cast<const Node*>(this)->find(key));
}

Cursor Cursor::key(std::string_view key) const {
  auto* e = node_->find(key);
  return e ? entry(*e) : *this;
}

Cursor Cursor::entry(const Entry& e) const {
  return Cursor(e.value, path_ + (path_.empty() ? "" : ".") + e.key, e.place);
}

Cursor Cursor::item(std::size_t index) const {
  if (index >= node_->items.size()) return *this;
  auto& n = node_->items[index];
  return Cursor(n, path_ + '[' + std::to_string(index) + ']', n.place);
}

std::string Cursor::found() const {
  switch (node_->kind) {
    case Node::Kind::nothing:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  return node_->secret ? "a secret value" : '\'' + beginning(node_->text) + '\'';
}

std::string Cursor::conceal(std::string message) const {
  conceal_below(*node_, message);
  return message;
}

}  // namespace sluice::config
