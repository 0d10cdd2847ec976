#include "filters/rate_limit/key.hpp"

#include <cstring>

#include "sluice/value_of.hpp"

namespace sluice::filters::rate_limit {
namespace {

constexpr std::string_view fallback_name = "client.ip=";

bool is_there(std::string_view value) noexcept {
  return value.data() != nullptr;
}

// Behind each part of several, so that no value can look like the next part: its length.
void add_length(std::string& bytes, std::size_t length) {
  auto n = static_cast<std::uint32_t>(length);
  bytes.append(reinterpret_cast<const char*>(&n), sizeof n);
}

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto escape = text.substr(i, 3);
    bool known = escape == "%26" || escape == "%25";
    plain += known ? (escape == "%26" ? '&' : '%') : text[i];
    if (known) i += 2;
  }
  return plain;
}

}  // namespace

KeyMaker::KeyMaker(const Key& key, const Prefix& prefix)
    : fallback_{Variable(), std::string(fallback_name)}, together_(!key.all.empty()), prefix_(prefix) {
  for (auto& v : key.parts()) parts_.push_back({v, v.spelling() + '='});
}

KeyMaker::Made KeyMaker::make(Exchange& x) const {
  return together_ ? all_of(x) : first_of(x);
}

KeyMaker::Made KeyMaker::first_of(Exchange& x) const {
  for (auto& part : parts_) {
    auto found = value(part, x);
    if (is_there(found)) return {x.arena.concat({part.name, found}), part.variable.needs_identity()};
  }
  return address_of(x);
}

KeyMaker::Made KeyMaker::all_of(Exchange& x) const {
  Made made;
  bool any = false;
  for (auto& part : parts_) {
    auto found = value(part, x);
    any |= is_there(found);
    made.of_identity |= is_there(found) && part.variable.needs_identity();
    auto length = is_there(found) ? static_cast<std::uint32_t>(found.size()) : UINT32_MAX;
    char size[sizeof length];
    std::memcpy(size, &length, sizeof size);
    made.bytes = x.arena.concat({made.bytes, part.name, found, {size, sizeof size}});
  }
  return any ? made : address_of(x);
}

KeyMaker::Made KeyMaker::address_of(Exchange& x) const {
  return {x.arena.concat({fallback_.name, value(fallback_, x)}), false};
}

std::string_view KeyMaker::value(const Part& part, Exchange& x) const {
  if (part.variable.kind() != Variable::Kind::client_ip) return value_of(part.variable, x);
  std::span<std::uint8_t, 16> to(reinterpret_cast<std::uint8_t*>(x.arena.bytes(16)), 16);
  return address(x.client, to);
}

// Network order, without the host's bits; four bytes or sixteen.
std::string_view KeyMaker::address(const IpAddress& client, std::span<std::uint8_t, 16> to) const noexcept {
  bool v4 = client.is_v4();
  auto cut = client.masked(v4 ? prefix_.v4 : prefix_.v6);
  std::memcpy(to.data(), cut.bytes().data(), 16);
  std::string_view bytes(reinterpret_cast<const char*>(to.data()), 16);
  return v4 ? bytes.substr(12) : bytes;
}

std::optional<std::string> KeyMaker::parse(std::string_view text) const {
  if (together_) {
    if (auto all = parse_all(text)) return all;
  } else {
    for (auto& part : parts_)
      if (text.starts_with(part.name)) return parse_part(part, text.substr(part.name.size()));
    if (parts_.size() == 1) return parse_part(parts_.front(), text);
  }
  if (!text.starts_with(fallback_name)) return std::nullopt;
  return parse_part(fallback_, text.substr(fallback_name.size()));
}

std::optional<std::string> KeyMaker::parse_part(const Part& part, std::string_view text) const {
  if (part.variable.kind() != Variable::Kind::client_ip) return part.name + std::string(text);
  auto ip = IpAddress::parse(text);
  if (!ip) return std::nullopt;
  std::array<std::uint8_t, 16> bytes;
  return part.name + std::string(address(*ip, bytes));
}

std::optional<std::string> KeyMaker::parse_all(std::string_view text) const {
  std::string bytes;
  for (auto& part : parts_) {
    bool there = text.starts_with(part.name);
    auto end = there ? std::min(text.find('&'), text.size()) : 0;
    auto value = there ? parse_part(part, unescaped(text.substr(part.name.size(), end - part.name.size())))
                       : std::optional(part.name);
    if (!value) return std::nullopt;
    bytes += *value;
    add_length(bytes, there ? value->size() - part.name.size() : UINT32_MAX);
    if (there) text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty() ? std::optional(bytes) : std::nullopt;
}

}  // namespace sluice::filters::rate_limit
