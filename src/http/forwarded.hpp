// Who the client is behind proxies that are trusted: X-Forwarded-For, and Forwarded (RFC 7239).
//
//   ForwardedFor hops;
//   for (auto& field : fields) if (field.id == FieldId::x_forwarded_for) hops.add_list(field.value);
//   auto client = client_address(peer, hops, trusted);
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/ip.hpp"

namespace sluice::http {

// One hop as a proxy reported it. No address: "unknown", an obfuscated identifier ("_gazonk"), or nonsense.
struct Hop {
  std::optional<IpAddress> address;
  std::string_view proto;  // Forwarded only: "http", "https", or empty
  std::string_view host;   // Forwarded only: the quotes are taken off; empty where it held an escape
};

// The hops of all lines of a field, in their order: the client first, our peer's neighbour last.
class ForwardedFor {
 public:
  // A line of X-Forwarded-For: addresses, with or without a port, separated by commas.
  void add_list(std::string_view value);
  // A line of Forwarded. False: it is not what RFC 7239 §4 says, and none of it was added.
  bool add_forwarded(std::string_view value);

  std::span<const Hop> hops() const noexcept { return hops_; }

 private:
  std::vector<Hop> hops_;
};

// What was found by walking from the peer towards the client.
struct Client {
  IpAddress address;         // the rightmost that is not trusted, or the last one known before a gap
  const Hop* hop = nullptr;  // that reported it, for its proto and host; null: the peer itself
};

// A hop without an address ends the walk: nothing to its left can be believed. If all are trusted, the
// leftmost.
Client client_address(const IpAddress& peer, std::span<const Hop> hops,
                      std::span<const Cidr> trusted) noexcept;

// "for=192.0.2.1;host=a.example;proto=https", with `by` left out. IPv6 is bracketed and quoted, a host that
// is no token is quoted. Empty parts are left out.
std::string forwarded_element(const IpAddress& address, std::string_view host, std::string_view proto);

}  // namespace sluice::http
