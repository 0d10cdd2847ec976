#include "proxy/router.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "config/route_order.hpp"
#include "proxy/conditions.hpp"
#include "proxy/segment_tree.hpp"

namespace sluice::proxy {
namespace {

// A rule, compiled.
struct Entry {
  std::string name;
  std::string host;  // "" for any
  std::string path;  // as written
  std::int32_t priority;
  std::vector<std::string> captures;  // names, in the order of the values
  std::unique_ptr<const RE2> regex;   // of path_regex; null: a pattern
  Conditions conditions;

  explicit Entry(const Rule& rule);
};

Entry::Entry(const Rule& rule)
    : name(rule.name),
      host(rule.route->match.host.value_or("")),
      priority(rule.route->priority),
      conditions(rule) {
  auto& match = rule.route->match;
  if (match.path_regex) {
    path = *match.path_regex;
    regex = compile(path);
    return;
  }
  path = match.pattern.text;
  for (auto capture : match.pattern.captures()) captures.emplace_back(capture);
}

// "*.example.com" is kept as ".example.com": what is left of a host when labels are cut off its front.
std::string_view host_key(const Entry& entry) {
  return entry.host.starts_with("*.") ? std::string_view(entry.host).substr(1) : entry.host;
}

}  // namespace

struct Router::Index {
  // The routes of one priority.
  struct Layer {
    SegmentTree::Node root;
    bool has_hosts = false;
    bool has_wildcards = false;
  };

  std::vector<Entry> entries;
  std::vector<Layer> layers;  // highest priority first
  SegmentTree tree;           // layer, host, then the path's segments
  std::unordered_map<SegmentTree::Node, std::vector<std::uint32_t>> regexes;  // by the host's node

  explicit Index(std::span<const Rule> rules);

  void add(std::uint32_t item, const config::PathPattern& pattern, SegmentTree::Node host);
  void sort(std::span<const Rule> rules);
};

Router::Index::Index(std::span<const Rule> rules) {
  std::map<std::int32_t, Layer, std::greater<>> by_priority;
  for (auto& rule : rules) {
    auto item = static_cast<std::uint32_t>(entries.size());
    auto& entry = entries.emplace_back(rule);
    auto [at, fresh] = by_priority.try_emplace(entry.priority);
    if (fresh) at->second.root = tree.child(tree.root(), std::to_string(entry.priority));
    at->second.has_hosts |= !entry.host.empty();
    at->second.has_wildcards |= entry.host.starts_with('*');
    add(item, rule.route->match.pattern, tree.child(at->second.root, host_key(entry)));
  }
  for (auto& [priority, layer] : by_priority) layers.push_back(layer);
  sort(rules);
}

void Router::Index::add(std::uint32_t item, const config::PathPattern& pattern, SegmentTree::Node host) {
  if (entries[item].regex) return regexes[host].push_back(item);
  auto node = host;
  for (auto& segment : pattern.segments)
    node = segment.capture ? tree.capture(node) : tree.child(node, segment.text);
  pattern.rest ? tree.add_rest(node, item) : tree.add_here(node, item);
}

void Router::Index::sort(std::span<const Rule> rules) {
  auto before = [&](std::uint32_t a, std::uint32_t b) {
    return config::compare(*rules[a].route, *rules[b].route) == config::Order::first;
  };
  tree.sort(before);
  for (auto& [host, items] : regexes) std::ranges::stable_sort(items, before);
}

namespace {

// What explain() is told on the way.
struct Missed {
  std::uint32_t item;
  Conditions::Miss why;
};

}  // namespace

// One request's way through the index.
class Router::Search final : private SegmentTree::Visitor {
 public:
  Search(const Index& index, const Request& request, std::string_view listener, Arena& arena) noexcept
      : index_(index), asked_(request), listener_(listener), arena_(arena) {
    auto room = index.tree.depth() + 1;
    values_ = {static_cast<std::string_view*>(
                   arena.take(room * sizeof(std::string_view), alignof(std::string_view))),
               room};
  }

  Choice run();
  std::vector<Missed>* missed = nullptr;

 private:
  bool search();
  bool search_preflight(std::string_view method);
  bool try_layer(const Index::Layer& layer);
  bool try_host(SegmentTree::Node node);
  bool try_regex(std::uint32_t item);
  bool visit(std::span<const std::uint32_t> items, std::size_t captured) override;
  bool accepts(std::uint32_t item);
  std::string_view allow();

  const Index& index_;
  Asked asked_;
  std::string_view listener_;
  Arena& arena_;
  std::span<std::string_view> values_;
  Choice choice_;
  MethodSet* allow_ = nullptr;  // the second time, to collect them
};

Choice Router::Search::run() {
  auto asks_for = Asked::preflight(asked_.request);
  auto found = asks_for.data() ? search_preflight(asks_for) : search();
  if (!found && choice_.how == Choice::How::method) choice_.allow = allow();
  return choice_;
}

bool Router::Search::search() {
  return std::ranges::any_of(index_.layers, [this](auto& layer) { return try_layer(layer); });
}

// To the route that the request itself would come to, if that one answers preflights; otherwise it is an
// OPTIONS request like any other.
bool Router::Search::search_preflight(std::string_view method) {
  asked_.method = method_of(method);
  asked_.method_text = method;
  if (search() && index_.entries[choice_.rule].conditions.answers_preflight()) return true;
  choice_ = {};
  if (missed) missed->clear();
  asked_.method = asked_.request.method;
  asked_.method_text = asked_.request.method_text;
  asked_.left_over = true;
  return search();
}

// Only a request that is refused pays for the list: all is walked through again.
std::string_view Router::Search::allow() {
  MethodSet all;
  allow_ = &all;
  missed = nullptr;
  for (auto& layer : index_.layers) try_layer(layer);
  return arena_.copy(all.text());
}

bool Router::Search::try_layer(const Index::Layer& layer) {
  auto& tree = index_.tree;
  auto host = asked_.request.host;
  if (layer.has_hosts && !host.empty() && try_host(tree.find(layer.root, host))) return true;
  if (layer.has_wildcards)
    for (auto dot = host.find('.', 1); dot != host.npos; dot = host.find('.', dot + 1))
      if (try_host(tree.find(layer.root, host.substr(dot)))) return true;
  return try_host(tree.find(layer.root, ""));
}

bool Router::Search::try_host(SegmentTree::Node node) {
  if (node == SegmentTree::none) return false;
  if (index_.tree.walk(node, asked_.request.path, values_, *this)) return true;
  if (index_.regexes.empty()) return false;
  auto regexes = index_.regexes.find(node);
  return regexes != index_.regexes.end() &&
         std::ranges::any_of(regexes->second, [this](auto item) { return try_regex(item); });
}

bool Router::Search::visit(std::span<const std::uint32_t> items, std::size_t) {
  auto won = std::ranges::find_if(items, [this](auto item) { return accepts(item); });
  if (won == items.end()) return false;
  auto& names = index_.entries[*won].captures;
  auto* parameters =
      static_cast<PathParameter*>(arena_.take(names.size() * sizeof(PathParameter), alignof(PathParameter)));
  for (std::size_t i = 0; i < names.size(); ++i)
    std::construct_at(parameters + i, PathParameter{names[i], values_[i]});
  choice_.parameters = {parameters, names.size()};
  return true;
}

// Named groups are captures too.
bool Router::Search::try_regex(std::uint32_t item) {
  auto& regex = *index_.entries[item].regex;
  auto count = static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1;
  auto* groups = static_cast<re2::StringPiece*>(
      arena_.take(count * sizeof(re2::StringPiece), alignof(re2::StringPiece)));
  std::uninitialized_default_construct_n(groups, count);
  re2::StringPiece path(asked_.request.path.data(), asked_.request.path.size());
  if (!regex.Match(path, 0, path.size(), RE2::ANCHOR_BOTH, groups, static_cast<int>(count))) return false;
  if (!accepts(item)) return false;
  auto& names = regex.NamedCapturingGroups();
  auto* parameters =
      static_cast<PathParameter*>(arena_.take(names.size() * sizeof(PathParameter), alignof(PathParameter)));
  auto* to = parameters;
  for (auto& [name, group] : names)
    std::construct_at(to++, PathParameter{name, {groups[group].data(), groups[group].size()}});
  choice_.parameters = {parameters, names.size()};
  return true;
}

bool Router::Search::accepts(std::uint32_t item) {
  using Miss = Conditions::Miss;
  auto& conditions = index_.entries[item].conditions;
  auto miss = conditions.check(asked_, listener_, arena_);
  if (miss == Miss::none) {
    choice_.how = Choice::How::route;
    choice_.rule = item;
    return true;
  }
  if (miss == Miss::method) {
    choice_.how = Choice::How::method;
    if (allow_) allow_->add(conditions.methods());
  }
  if (missed) missed->push_back({item, miss});
  return false;
}

namespace {

std::string describe_host(const Entry& entry) {
  if (entry.host.empty()) return "host: any";
  return "host is " + entry.host + (entry.host.starts_with('*') ? " (wildcard)" : " (exact)");
}

std::string describe_path(const Entry& entry, std::span<const PathParameter> parameters) {
  std::string line = (entry.regex ? "path matches " : "path is ") + entry.path;
  for (auto& p : parameters)
    line.append(&p == parameters.data() ? ", with " : ", ").append(p.name).append("=").append(p.value);
  return line;
}

std::string describe(Conditions::Miss why) {
  switch (why) {
    case Conditions::Miss::listener:
      return "not on this listener";
    case Conditions::Miss::header:
      return "a header does not match";
    case Conditions::Miss::query:
      return "a query parameter does not match";
    case Conditions::Miss::preflight:
      return "answers preflights of its own requests only";
    default:
      return "has other methods";
  }
}

}  // namespace

Router::Router() : Router(std::span<const Rule>()) {}
Router::Router(std::span<const Rule> rules) : index_(std::make_unique<const Index>(rules)) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

std::size_t Router::size() const noexcept {
  return index_->entries.size();
}

Choice Router::choose(const Request& request, std::string_view listener, Arena& arena) const {
  return Search(*index_, request, listener, arena).run();
}

Explanation Router::explain(const Request& request, std::string_view listener, Arena& arena) const {
  std::vector<Missed> missed;
  Search search(*index_, request, listener, arena);
  search.missed = &missed;
  Explanation explanation;
  explanation.choice = search.run();
  for (auto& m : missed) explanation.passed_over.push_back({index_->entries[m.item].name, describe(m.why)});
  if (explanation.choice.how != Choice::How::route) return explanation;

  auto& entry = index_->entries[explanation.choice.rule];
  auto& reasons = explanation.reasons;
  if (entry.priority != 0) reasons.push_back("priority " + std::to_string(entry.priority));
  reasons.push_back(describe_host(entry));
  reasons.push_back(describe_path(entry, explanation.choice.parameters));
  for (auto& line : entry.conditions.describe()) reasons.push_back(std::move(line));
  return explanation;
}

}  // namespace sluice::proxy
