#include "config/substitute.hpp"

#include <algorithm>

#include "config/utf8.hpp"

namespace sluice::config {
namespace {

bool is_variable_name(std::string_view name) noexcept {
  auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

void Substitution::apply(Node& node, const std::string& path) {
  if (node.kind == Node::Kind::scalar && node.text.find("${") != std::string::npos) expand(node, path);
  for (std::size_t i = 0; i < node.items.size(); ++i)
    apply(node.items[i], path + '[' + std::to_string(i) + ']');
  for (auto& e : node.entries) apply(e.value, path + (path.empty() ? "" : ".") + e.key);
}

void Substitution::expand(Node& scalar, const std::string& path) {
  Expanded done;
  std::string_view rest = scalar.text;
  while (!rest.empty()) {
    auto at = rest.find("${");
    if (at == rest.npos) break;
    if (at > 0 && rest[at - 1] == '$') {
      done.text.append(rest.substr(0, at - 1)).append("${");
      rest.remove_prefix(at + 2);
      continue;
    }
    auto end = rest.find('}', at);
    done.text.append(rest.substr(0, at));
    scalar.broken = end == rest.npos;
    if (scalar.broken)
      return problems_.error(scalar.place, path,
                             "'${' without '}'; write '$${' for the characters themselves");
    scalar.broken = !append(rest.substr(at + 2, end - at - 2), scalar, path, done);
    if (scalar.broken) return;
    rest.remove_prefix(end + 1);
  }
  done.text.append(rest);
  scalar.text = std::move(done.text);
  scalar.secret = scalar.secret || done.secret;
}

bool Substitution::append(std::string_view inside, const Node& scalar, const std::string& path,
                          Expanded& to) {
  if (inside.starts_with("file:")) return append_file(inside.substr(5), scalar, path, to);
  auto dash = inside.find(":-");
  std::string name(inside.substr(0, dash));
  if (!is_variable_name(name)) {
    problems_.error(
        scalar.place, path,
        "expected ${NAME}, ${NAME:-default} or ${file:/path}, found '${" + std::string(inside) + "}'");
    return false;
  }
  auto value = environment_(name);
  if (dash != inside.npos && (!value || value->empty())) value = std::string(inside.substr(dash + 2));
  if (!value) {
    problems_.error(scalar.place, path,
                    "the environment has no '" + name + "'; ${" + name + ":-default} gives a default");
    return false;
  }
  if (first_fault(*value) != value->npos) {
    problems_.error(scalar.place, path, "the environment's '" + name + "' is not UTF-8");
    return false;
  }
  to.text += *value;
  return true;
}

bool Substitution::append_file(std::string_view name, const Node& scalar, const std::string& path,
                               Expanded& to) {
  auto full = (scalar.place.file->directory() / name).lexically_normal();
  auto file = files_.read(full, file_limit);
  if (!file.fault.empty()) {
    problems_.error(scalar.place, path, "cannot read " + full.string() + ": " + file.fault);
    return false;
  }
  read_.push_back(std::move(full));
  if (file.text.ends_with('\n')) file.text.pop_back();
  if (file.text.ends_with('\r')) file.text.pop_back();
  to.text += file.text;
  to.secret = true;
  return true;
}

}  // namespace sluice::config
