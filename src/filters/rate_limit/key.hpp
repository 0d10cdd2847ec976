// Whose bucket a request takes from, as bytes: the name of what was found and its value, so that a principal
// who is called 192.0.2.1 is not that address. Addresses are bytes, cut to the prefix.
//
//   KeyMaker maker(settings.key, settings.ip_prefix);
//   KeyMaker::Made key = maker.make(exchange);            // key.bytes live as long as the exchange
//   auto same = maker.parse("client.ip=192.0.2.1");       // what a person calls it
#pragma once
#include <optional>
#include <string>

#include "filters/rate_limit/settings.hpp"
#include "sluice/exchange.hpp"

namespace sluice::filters::rate_limit {

class KeyMaker {
 public:
  KeyMaker(const Key& key, const Prefix& prefix);

  struct Made {
    std::string_view bytes;
    bool of_identity = false;  // who is asking is a part of it
  };
  Made make(Exchange& x) const;

  // "principal=ann"; "header.X-Tenant=a&route=b" where the key is all of several, in their order, with & and
  // % in values as %26 and %25; the value alone where the key has one part. Nothing where it is not of this
  // key.
  std::optional<std::string> parse(std::string_view text) const;

 private:
  struct Part {
    Variable variable;
    std::string name;  // "principal="
  };

  Made first_of(Exchange& x) const;
  Made all_of(Exchange& x) const;
  Made address_of(Exchange& x) const;
  std::string_view value(const Part& part, Exchange& x) const;
  std::string_view address(const IpAddress& client, std::span<std::uint8_t, 16> to) const noexcept;
  std::optional<std::string> parse_part(const Part& part, std::string_view text) const;
  std::optional<std::string> parse_all(std::string_view text) const;

  std::vector<Part> parts_;
  const Part fallback_;
  const bool together_;
  const Prefix prefix_;
};

}  // namespace sluice::filters::rate_limit
