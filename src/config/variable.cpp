#include "sluice/variable.hpp"

#include <algorithm>

#include "http/chars.hpp"

namespace sluice {
namespace {

struct Word {
  std::string_view text;
  Variable::Kind kind;
  bool named;  // something stands behind a dot
};

constexpr Word words[] = {
    {"client.ip", Variable::Kind::client_ip, false}, {"principal", Variable::Kind::principal, false},
    {"route", Variable::Kind::route, false},         {"request.id", Variable::Kind::request_id, false},
    {"upstream", Variable::Kind::upstream, false},   {"duration", Variable::Kind::duration, false},
    {"principal", Variable::Kind::claim, true},      {"jwt", Variable::Kind::claim, true},
    {"header", Variable::Kind::header, true},        {"cookie", Variable::Kind::cookie, true},
    {"query", Variable::Kind::query, true},          {"param", Variable::Kind::param, true},
};

bool is_name(std::string_view text, Variable::Kind kind) noexcept {
  if (kind == Variable::Kind::header || kind == Variable::Kind::cookie) return http::is_token(text);
  return !text.empty() && text.find_first_of("{} \t") == text.npos && http::is_field_value(text);
}

}  // namespace

std::optional<Variable> Variable::parse(std::string_view text) {
  Variable v;
  v.spelling_ = text;
  for (auto& word : words)
    if (!word.named && text == word.text) {
      v.kind_ = word.kind;
      return v;
    }
  auto dot = text.find('.');
  if (dot == text.npos) return std::nullopt;
  auto found = std::find_if(std::begin(words), std::end(words),
                            [&](auto& w) { return w.named && w.text == text.substr(0, dot); });
  if (found == std::end(words) || !is_name(text.substr(dot + 1), found->kind)) return std::nullopt;
  v.kind_ = found->kind;
  v.name_ = text.substr(dot + 1);
  if (v.kind_ == Kind::header) v.field_ = field_id(v.name_);
  if (text == "principal.sub" || text == "principal.method") v.kind_ = Kind::principal;
  return v;
}

std::optional<FieldTemplate> FieldTemplate::parse(std::string_view text) {
  if (!http::is_field_value(text)) return std::nullopt;
  FieldTemplate t;
  t.spelling_ = text;
  std::string literal;
  auto flush = [&] {
    if (!literal.empty()) t.parts_.push_back({std::nullopt, std::exchange(literal, {})});
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
    } else if (text.substr(i + 1, 1) == std::string_view(&c, 1)) {
      literal += c;
      ++i;
    } else {
      auto close = text.find('}', i);
      if (c == '}' || close == text.npos) return std::nullopt;
      auto variable = Variable::parse(text.substr(i + 1, close - i - 1));
      if (!variable) return std::nullopt;
      flush();
      t.parts_.push_back({std::move(variable), {}});
      i = close;
    }
  }
  flush();
  return t;
}

bool FieldTemplate::needs_identity() const noexcept {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](auto& p) { return p.variable && p.variable->needs_identity(); });
}

bool FieldTemplate::needs_response() const noexcept {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](auto& p) { return p.variable && p.variable->needs_response(); });
}

}  // namespace sluice
