#include "proxy/explain.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/chars.hpp"

namespace sluice::proxy {
namespace {

using Span = Exchange::Span;

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A token of RFC 8941 §3.3.4.
bool is_item_token(std::string_view text) noexcept {
  if (text.empty() || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return http::is_tchar(c) || c == ':' || c == '/'; });
}

// The text as a token where it can be one, else as a string (§3.3.3).
std::string_view item(std::string_view text, Arena& arena) {
  if (is_item_token(text)) return text;
  char* const quoted = arena.bytes(2 * text.size() + 2);
  char* to = quoted;
  *to++ = '"';
  for (char c : text) {
    if (c == '"' || c == '\\') *to++ = '\\';
    *to++ = c >= ' ' && c <= '~' ? c : '?';
  }
  *to++ = '"';
  return {quoted, static_cast<std::size_t>(to - quoted)};
}

std::string_view number(std::uint64_t n, Arena& arena) {
  constexpr std::size_t longest = 20;
  char* text = arena.bytes(longest);
  return {text, static_cast<std::size_t>(std::to_chars(text, text + longest, n).ptr - text)};
}

// A decimal of at most twelve digits and three (§3.3.2).
std::string_view microseconds(Duration took, Arena& arena) {
  constexpr std::uint64_t most = 999'999'999'999'999;
  auto ns = static_cast<std::uint64_t>(std::max(Duration{}, took) / std::chrono::nanoseconds(1));
  ns = std::min(ns, most);
  char thousandths[3] = {static_cast<char>('0' + ns / 100 % 10), static_cast<char>('0' + ns / 10 % 10),
                         static_cast<char>('0' + ns % 10)};
  return arena.concat({number(ns / 1000, arena), ".", {thousandths, sizeof thousandths}});
}

std::string_view verdict(const Span& span, Arena& arena) {
  static constexpr std::array<std::string_view, 5> names = {"proceed", "reply", "shadow_reply", "fault",
                                                            "off"};
  auto name = names[static_cast<std::size_t>(span.what)];
  std::string_view reason = span.reason;
  return reason.empty() ? name : arena.concat({name, "=", item(reason, arena)});
}

std::string_view told(const Span& span, Arena& arena) {
  auto begin = arena.concat({item(span.filter, arena), ";", verdict(span, arena)});
  if (span.what == Span::What::off) return begin;
  return arena.concat({begin, ";us=", microseconds(span.took, arena)});
}

std::string_view told(const Exchange::Upstream& u, Arena& arena) {
  return arena.concat({"*upstream;name=", item(u.name, arena), ";endpoint=", item(u.endpoint, arena),
                       ";attempts=", number(u.attempts, arena)});
}

std::string_view told(const Response& r, Arena& arena) {
  auto begin = arena.concat({"*gateway;status=", number(r.status, arena)});
  std::string_view reason = r.reason;
  return reason.empty() ? begin : arena.concat({begin, ";reason=", item(reason, arena)});
}

std::string_view append(std::string_view list, std::string_view member, Arena& arena) {
  return list.empty() ? member : arena.concat({list, ", ", member});
}

}  // namespace

void take_question(Exchange& x, const ExplainPolicy& policy) {
  auto& fields = x.request.fields;
  bool asks = fields.get(policy.header.text) == "1";
  fields.remove(policy.header.text);
  if (asks && !x.peer.is_unix && contains(policy.from, x.peer.address))
    x.trace = x.arena.make<Exchange::Trace>();
}

void tell_decisions(Exchange& x, const FieldName& header) {
  auto& arena = x.arena;
  std::string_view list;
  for (auto* span = x.trace->first; span; span = span->next) list = append(list, told(*span, arena), arena);
  if (!x.route_name.empty())
    list = append(list, arena.concat({"*route;name=", item(x.route_name, arena)}), arena);
  if (!x.upstream.name.empty() && !x.upstream.endpoint.empty())
    list = append(list, told(x.upstream, arena), arena);
  if (x.response.local) list = append(list, told(x.response, arena), arena);
  if (!list.empty()) x.response.fields.set(header.id, header.text, list);
}

}  // namespace sluice::proxy
