// Content codings, and which of them a client takes (RFC 9110 §8.4.1, §12.5.3).
//
//   constexpr std::array offered{Coding::zstd, Coding::br, Coding::gzip};    // best liked first
//   auto accepted = accepted_codings(request.fields);
//   if (auto chosen = choose(accepted, offered); chosen == Coding::identity) ...
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sluice/http.hpp"

namespace sluice::http {

enum class Coding : std::uint8_t { identity, gzip, deflate, compress, br, zstd };
inline constexpr std::size_t codings = 6;

// As it is written in a field: "gzip".
std::string_view name_of(Coding coding) noexcept;
// In any case of letters; x-gzip and x-compress are read as what they mean. Empty: no coding known here.
std::optional<Coding> coding_of(std::string_view name) noexcept;

// What Accept-Encoding says, its lines together. Weights are in thousandths, as many as q can tell apart: 0
// is "not acceptable".
class AcceptedCodings {
 public:
  static constexpr std::uint16_t full = 1000;

  // False: there is no such field, and any coding would do. Nobody should compress for such a client.
  bool asked() const noexcept { return asked_; }
  // Identity is acceptable unless it is excluded by name or by `*;q=0`; where it is not named, everything
  // acceptable is liked better, and its weight is 1.
  std::uint16_t weight(Coding coding) const noexcept { return weights_[static_cast<std::size_t>(coding)]; }

 private:
  friend AcceptedCodings accepted_codings(const Fields& request) noexcept;
  std::array<std::uint16_t, codings> weights_{};
  bool asked_ = false;
};

// A member that is malformed (`gzip;q=2`) is as if it were not there; of two that name one coding the first
// counts.
AcceptedCodings accepted_codings(const Fields& request) noexcept;

// The one with the highest weight of `offered` and identity; among equals the first offered one, identity
// last. Identity where the client did not ask. Empty: nothing is acceptable, not even identity (406, or send
// it all the same: RFC 9110 §12.5.3 leaves it open).
std::optional<Coding> choose(const AcceptedCodings& accepted, std::span<const Coding> offered) noexcept;

// Whether an answer with these Content-Encoding lines is encoded at all: one that says only `identity`, which
// nobody should send, is not.
bool is_encoded(const Fields& response) noexcept;

}  // namespace sluice::http
