#include "http/forwarded.hpp"

#include <algorithm>
#include <utility>

#include "http/chars.hpp"

namespace sluice::http {

namespace {

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<IpAddress> node_address(std::string_view node) noexcept {
  if (node.starts_with('[')) {
    auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    auto rest = node.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    return IpAddress::parse(node.substr(1, end - 1));
  }
  if (std::count(node.begin(), node.end(), ':') == 1) node = node.substr(0, node.find(':'));
  return IpAddress::parse(node);
}

// Takes a token or a quoted string off `text`, without its quotes. Null data: neither is there.
std::string_view take_value(std::string_view& text, bool& escaped) noexcept {
  if (!text.starts_with('"')) {
    auto end = token_end(text.data(), text.data() + text.size());
    auto value = text.substr(0, static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(value.size());
    return value.empty() ? std::string_view() : value;
  }
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      escaped = true;
      ++at;
    } else if (text[at] == '"') {
      auto value = text.substr(1, at - 1);
      text.remove_prefix(at + 1);
      return value;
    }
  }
  return {};
}

// Takes one "name=value" off `text` and notes what it says. False: malformed, or said twice.
bool take_pair(std::string_view& text, Hop& hop, bool& has_node) noexcept {
  auto equals = text.find('=');
  if (equals == std::string_view::npos || !is_token(text.substr(0, equals))) return false;
  auto name = text.substr(0, equals);
  text.remove_prefix(equals + 1);
  bool escaped = false;
  auto value = take_value(text, escaped);
  if (!value.data()) return false;
  if (same_name(name, "for")) {
    if (std::exchange(has_node, true)) return false;
    hop.address = node_address(value);
  } else if (same_name(name, "proto")) {
    hop.proto = same_name(value, "https") ? "https" : same_name(value, "http") ? "http" : "";
  } else if (same_name(name, "host")) {
    hop.host = escaped ? std::string_view() : value;
  }
  return true;
}

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

}  // namespace

void ForwardedFor::add(const Hop& hop) noexcept {
  if (size_ == hops_.size()) {
    std::move(hops_.begin() + 1, hops_.end(), hops_.begin());
    --size_;
  }
  hops_[size_++] = hop;
}

void ForwardedFor::add_list(std::string_view value) noexcept {
  while (!value.empty()) {
    auto member = next_member(value);
    if (!member.empty()) add(Hop{node_address(member), {}, {}});
  }
}

bool ForwardedFor::add_forwarded(std::string_view value) noexcept {
  if (add_elements(value)) return true;
  size_ = 0;
  add(Hop{});
  return false;
}

bool ForwardedFor::add_elements(std::string_view value) noexcept {
  Hop hop;
  bool has_node = false;
  bool said = false;
  for (skip_blanks(value); !value.empty(); skip_blanks(value)) {
    char c = value.front();
    if (c == ',') {
      if (std::exchange(said, false)) add(hop);
      hop = {};
      has_node = false;
    }
    if (c == ',' || c == ';') {
      value.remove_prefix(1);
      continue;
    }
    said = true;
    if (!take_pair(value, hop, has_node)) return false;
    skip_blanks(value);
    if (!value.empty() && value.front() != ',' && value.front() != ';') return false;
  }
  if (said) add(hop);
  return true;
}

Client client_address(const IpAddress& peer, std::span<const Hop> hops,
                      std::span<const Cidr> trusted) noexcept {
  Client client{peer, nullptr};
  for (auto hop = hops.rbegin(); hop != hops.rend() && contains(trusted, client.address); ++hop) {
    client.hop = &*hop;
    if (!hop->address) break;
    client.address = *hop->address;
  }
  return client;
}

std::string forwarded_element(const IpAddress& address, std::string_view host, std::string_view proto) {
  std::array<char, IpAddress::max_text> text;
  auto node = address.format(text);
  std::string element = "for=";
  if (address.is_v4())
    element += node;
  else
    ((element += "\"[") += node) += "]\"";
  if (!host.empty()) {
    auto quote = is_token(host) ? "" : "\"";
    (((element += ";host=") += quote) += host) += quote;
  }
  if (!proto.empty()) (element += ";proto=") += proto;
  return element;
}

}  // namespace sluice::http
