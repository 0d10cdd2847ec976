// Expected failures are values; an exception is a bug.
//
//   Result<std::size_t> n = stream.read_some(buffer);
//   if (!n) return n.error();
//   use(*n);
#pragma once
#include <cstdint>
#include <utility>
#include <variant>

namespace sluice {

// The value of an operation that has nothing to say but that it is over.
struct Unit {};

struct Error {
  enum class Kind : std::uint8_t {
    closed,       // orderly end where more was expected
    reset,        // the connection broke
    refused,      // nobody listens there
    timeout,      // an attempt, or a wait between bytes, took too long
    deadline,     // the exchange's own deadline passed
    too_large,    // over a configured size
    malformed,    // the bytes are not what the protocol says
    unavailable,  // no endpoint, no permit, overload
    abandoned,    // whoever was to answer went away
    internal
  };
  enum class Side : std::uint8_t { downstream, upstream, internal };
  enum class Retry : std::uint8_t {
    never,
    idempotent,  // the request may have been seen: only where repeating it is harmless
    always       // it certainly was not
  };

  Kind kind = Kind::internal;
  Side side = Side::internal;
  Retry retry = Retry::never;
  const char* cause = "";  // a literal, for the access log: "connect_timeout"

  Error() = default;
  constexpr Error(Kind k, Side s = Side::internal, const char* why = "", Retry r = Retry::never)
      : kind(k), side(s), retry(r), cause(why) {}
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : v_(std::in_place_index<1>, error) {}

  explicit operator bool() const noexcept { return v_.index() == 0; }
  T& operator*() noexcept { return *std::get_if<0>(&v_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&v_); }
  T* operator->() noexcept { return std::get_if<0>(&v_); }
  const T* operator->() const noexcept { return std::get_if<0>(&v_); }
  const Error& error() const noexcept { return *std::get_if<1>(&v_); }

 private:
  std::variant<T, Error> v_;
};

inline Result<Unit> ok() {
  return Unit{};
}

}  // namespace sluice
