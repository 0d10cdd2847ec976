// Why an answer is what it is, in the letters that Envoy's users know. Whoever understands a fault sets its
// flag; access log and metrics show them.
//
//   exchange.flags.set(Flag::rl);
#pragma once
#include <cstdint>
#include <initializer_list>

namespace sluice {

enum class Flag : std::uint8_t {
  dc,    // downstream connection ended
  dpe,   // downstream protocol error
  dt,    // the exchange's deadline passed
  di,    // delay injected
  fi,    // abort injected
  lr,    // connection reset by the gateway
  nc,    // no such upstream
  nr,    // no route
  om,    // shed because of overload
  rl,    // rate limited
  rlse,  // the rate limiter's store failed
  uaex,  // denied by an identity or permission filter
  uc,    // upstream connection ended
  uf,    // upstream connection failed
  uh,    // no healthy endpoint
  uo,    // upstream overflow: breaker or pool full
  upe,   // upstream protocol error
  ur,    // upstream reset
  urx,   // retries exhausted
  ut,    // upstream too slow
  count
};

class ResponseFlags {
 public:
  constexpr ResponseFlags() = default;
  constexpr ResponseFlags(std::initializer_list<Flag> flags) noexcept {
    for (auto f : flags) set(f);
  }
  constexpr void set(Flag f) noexcept { bits_ |= 1u << static_cast<unsigned>(f); }
  constexpr void set(ResponseFlags others) noexcept { bits_ |= others.bits_; }
  constexpr bool has(Flag f) const noexcept { return (bits_ & (1u << static_cast<unsigned>(f))) != 0; }
  constexpr bool any() const noexcept { return bits_ != 0; }
  constexpr bool operator==(const ResponseFlags&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace sluice
