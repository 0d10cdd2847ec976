// Who the client is behind proxies that are trusted: X-Forwarded-For, and Forwarded (RFC 7239).
//
//   ForwardedFor hops;
//   for (auto& field : fields) if (field.id == FieldId::x_forwarded_for) hops.add_list(field.value);
//   auto client = client_address(peer, hops, trusted);
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sluice/ip.hpp"

namespace sluice::http {

// One hop as a proxy reported it. No address: "unknown", an obfuscated identifier ("_gazonk"), or nonsense.
struct Hop {
  std::optional<IpAddress> address;
  std::string_view proto;  // Forwarded only: "http", "https", or empty
  std::string_view host;   // Forwarded only; empty too where its quotes hold an escape
};

// The hops of all lines of a field, in their order: the client first, our peer's neighbour last. Keeps the
// last 16, allocates nothing; the views are into the fields.
class ForwardedFor {
 public:
  // A line of X-Forwarded-For: addresses, with or without a port, separated by commas.
  void add_list(std::string_view value) noexcept;
  // A line of Forwarded. False: it is not what RFC 7239 §4 says, and nothing that came before it can be
  // believed: it counts as one hop without an address.
  bool add_forwarded(std::string_view value) noexcept;

  std::span<const Hop> hops() const noexcept { return {hops_.data(), size_}; }

 private:
  void add(const Hop& hop) noexcept;
  bool add_elements(std::string_view value) noexcept;

  std::array<Hop, 16> hops_;
  std::size_t size_ = 0;
};

// What was found by walking from the peer towards the client.
struct Client {
  IpAddress address;         // the rightmost that is not trusted, or the last one known before a gap
  const Hop* hop = nullptr;  // the outermost that a trusted proxy wrote, for its proto and host; null: none
};

// A hop without an address ends the walk: nothing to its left can be believed. If all are trusted, the
// leftmost.
Client client_address(const IpAddress& peer, std::span<const Hop> hops,
                      std::span<const Cidr> trusted) noexcept;

// "for=192.0.2.1;host=a.example;proto=https", with `by` left out. IPv6 is bracketed and quoted, a host that
// is no token is quoted. Empty parts are left out.
std::string forwarded_element(const IpAddress& address, std::string_view host, std::string_view proto);

}  // namespace sluice::http
